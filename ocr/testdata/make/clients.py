#!/usr/bin/env python3
"""One X client: clients.py SCENE. Shows the scene's window and prints READY; x.py runs it.

Each scene is a function; every piece of text that it shows goes through the function T, which notes it,
so that the truth of the screen is known by construction.
"""

import sys

SHOWN: list[str] = []


def T(text: str) -> str:
    SHOWN.append(text)
    return text


def done() -> None:
    print("\x00".join(SHOWN), flush=True)


PROSE = [
    "The installer has found two disks. All data on the", "selected disk will be erased before the system is",
    "installed. Make sure that you have a recent backup.", "This step takes about 10 minutes on most machines.",
]
ROWS = [("eth0", "192.168.1.23", "1500", "up"), ("wlan0", "10.0.0.7", "1400", "down"), ("lo", "127.0.0.1", "65536", "up"),
        ("tun1", "172.16.254.1", "1280", "up"), ("docker0", "172.17.0.1", "1500", "down")]


def tk_form(dark: bool, size: int) -> None:
    import tkinter as tk

    bg, fg, field = ("#202830", "#e8e8e8", "#10161c") if dark else ("#d9d9d9", "#000000", "#ffffff")
    root = tk.Tk()
    root.geometry("1280x800+0+0")
    root.configure(bg=bg)
    font = ("DejaVu Sans", size)
    tk.Label(root, text=T("Create a new account"), font=("DejaVu Sans", size * 2, "bold"), bg=bg, fg=fg).pack(pady=20)
    frame = tk.Frame(root, bg=bg)
    frame.pack()
    for i, (k, v) in enumerate([("User name", "alice"), ("Full name", "Alice Example"), ("E-mail address", "alice@example.org"),
                                ("Home directory", "/home/alice"), ("Login shell", "/bin/bash"), ("Expires on", "2031-12-24")]):
        tk.Label(frame, text=T(k + ":"), font=font, bg=bg, fg=fg).grid(row=i, column=0, sticky="e", padx=8, pady=6)
        e = tk.Entry(frame, font=font, width=28, bg=field, fg=fg)
        e.insert(0, T(v))
        e.grid(row=i, column=1, padx=8, pady=6)
    for line in PROSE:
        tk.Label(root, text=T(line), font=font, bg=bg, fg=fg).pack()
    bar = tk.Frame(root, bg=bg)
    bar.pack(pady=20)
    for label, colour, ink in [("Create", "#2e7d32", "white"), ("Delete", "#c62828", "white"), ("Help", "#1565c0", "white"),
                               ("Cancel", "#fdd835", "black"), ("Options", "#6a1b9a", "#ffffff")]:
        tk.Button(bar, text=T(label), font=font, bg=colour, fg=ink).pack(side="left", padx=10)
    root.after(1500, done)
    root.mainloop()


def tk_tiles() -> None:
    import tkinter as tk

    root = tk.Tk()
    root.geometry("1024x768+0+0")
    root.configure(bg="#335577")
    tiles = [("Firefox", "#ff7043", "black"), ("Terminal", "#263238", "#80cbc4"), ("Settings", "#90a4ae", "#102027"),
             ("Calendar", "#ffffff", "#b71c1c"), ("Documents", "#5d4037", "#ffe0b2"), ("Downloads", "#00695c", "#e0f2f1"),
             ("Pictures", "#ad1457", "#fce4ec"), ("Network", "#0277bd", "#e1f5fe"), ("Printers", "#9e9d24", "#000000"),
             ("Trash", "#424242", "#bdbdbd"), ("Backup", "#4527a0", "#d1c4e9"), ("Monitor", "#ef6c00", "#ffffff")]
    for i, (name, bg, fg) in enumerate(tiles):
        f = tk.Frame(root, bg=bg, width=220, height=200)
        f.place(x=30 + i % 4 * 245, y=30 + i // 4 * 240)
        tk.Label(f, text=T(name), font=("DejaVu Sans", 20), bg=bg, fg=fg).place(x=20, y=20)
        tk.Label(f, text=T(f"{i * 7 + 3} items"), font=("DejaVu Sans", 11), bg=bg, fg=fg).place(x=20, y=80)
        tk.Label(f, text=T("Open with double click"), font=("Liberation Sans", 9), bg=bg, fg=fg).place(x=20, y=120)
    root.after(1500, done)
    root.mainloop()


def gtk_prefs(dark: bool) -> None:
    import gi

    gi.require_version("Gtk", "3.0")
    from gi.repository import GLib, Gtk

    Gtk.Settings.get_default().set_property("gtk-application-prefer-dark-theme", dark)
    w = Gtk.Window()
    w.set_default_size(1280, 800)
    head = Gtk.HeaderBar(title=T("Preferences"), subtitle=T("Changes are saved at once"), show_close_button=False)
    head.pack_start(Gtk.Button(label=T("Import")))
    head.pack_end(Gtk.Button(label=T("Apply")))
    w.set_titlebar(head)
    box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, margin=24)
    w.add(box)
    for label in ["Start the service at boot", "Send crash reports to the developers", "Show hidden files and folders",
                  "Ask before closing several windows"]:
        box.add(Gtk.CheckButton(label=T(label), active=len(label) % 2 == 0))
    grid = Gtk.Grid(column_spacing=24, row_spacing=10)
    for i, (k, v) in enumerate([("Proxy server", "proxy.example.org"), ("Port number", "3128"), ("Time zone", "Europe/Lisbon"),
                                ("Language", "English (United Kingdom)")]):
        grid.attach(Gtk.Label(label=T(k), xalign=0), 0, i, 1, 1)
        e = Gtk.Entry(text=T(v), width_chars=30)
        grid.attach(e, 1, i, 1, 1)
    box.add(grid)
    store = Gtk.ListStore(str, str, str, str)
    for r in ROWS:
        store.append([T(c) for c in r])
    tree = Gtk.TreeView(model=store)
    for i, name in enumerate(["Interface", "Address", "Packet size", "State"]):
        tree.append_column(Gtk.TreeViewColumn(T(name), Gtk.CellRendererText(), text=i))
    tree.get_selection().select_path(1)
    box.add(tree)
    label = Gtk.Label(xalign=0)
    label.set_markup(f'<span size="xx-large" weight="bold">{T("Disk usage")}</span>')
    box.add(label)
    for line in PROSE:
        box.add(Gtk.Label(label=T(line), xalign=0))
    bar = Gtk.Box(spacing=12)
    for text, style in [("Remove", "destructive-action"), ("Continue", "suggested-action"), ("Go back", None)]:
        b = Gtk.Button(label=T(text))
        if style:
            b.get_style_context().add_class(style)
        bar.add(b)
    box.add(bar)
    w.show_all()
    GLib.timeout_add(2000, done)
    Gtk.main()


def qt_window(dark: bool, size: int) -> None:
    from PyQt5 import QtCore, QtGui, QtWidgets

    app = QtWidgets.QApplication(["clients"])
    app.setStyle("Fusion")
    app.setFont(QtGui.QFont("DejaVu Sans", size))
    if dark:
        p = QtGui.QPalette()
        for role, c in [("Window", "#353535"), ("WindowText", "#ffffff"), ("Base", "#191919"), ("AlternateBase", "#353535"),
                        ("Text", "#ffffff"), ("Button", "#353535"), ("ButtonText", "#ffffff"), ("Highlight", "#2a82da")]:
            p.setColor(getattr(QtGui.QPalette, role), QtGui.QColor(c))
        app.setPalette(p)
    w = QtWidgets.QMainWindow()
    w.setGeometry(0, 0, 1280, 800)
    for menu in ["File", "Edit", "View", "Bookmarks", "Tools", "Help"]:
        w.menuBar().addMenu(T(menu))
    tabs = QtWidgets.QTabWidget()
    page = QtWidgets.QWidget()
    lay = QtWidgets.QVBoxLayout(page)
    for line in PROSE:
        lay.addWidget(QtWidgets.QLabel(T(line)))
    table = QtWidgets.QTableWidget(len(ROWS), 4)
    table.setHorizontalHeaderLabels([T(h) for h in ["Interface", "Address", "Packet size", "State"]])
    table.verticalHeader().hide()
    for y, r in enumerate(ROWS):
        for x, c in enumerate(r):
            table.setItem(y, x, QtWidgets.QTableWidgetItem(T(c)))
    table.selectRow(2)
    table.resizeColumnsToContents()
    lay.addWidget(table)
    box = QtWidgets.QGroupBox(T("Connection"))
    form = QtWidgets.QFormLayout(box)
    for k, v in [("Host name", "server.example.org"), ("User", "operator"), ("Remote path", "/srv/data/2026-03")]:
        form.addRow(T(k), QtWidgets.QLineEdit(T(v)))
    lay.addWidget(box)
    row = QtWidgets.QHBoxLayout()
    for b in ["Connect", "Disconnect", "Save as default", "Close"]:
        row.addWidget(QtWidgets.QPushButton(T(b)))
    lay.addLayout(row)
    for i, name in enumerate(["General", "Security", "Advanced"]):
        tabs.addTab(page if i == 0 else QtWidgets.QWidget(), T(name))
    w.setCentralWidget(tabs)
    w.statusBar().showMessage(T("Ready, 5 interfaces"))
    w.show()
    QtCore.QTimer.singleShot(2000, done)
    app.exec_()


def desktop() -> None:
    """Windows over a shaded background, as a desktop has."""
    import tkinter as tk

    root = tk.Tk()
    root.geometry("1280x800+0+0")
    c = tk.Canvas(root, width=1280, height=800, highlightthickness=0)
    c.pack()
    for y in range(800):
        c.create_line(0, y, 1280, y, fill=f"#{20 + y // 8:02x}{40 + y // 10:02x}{110 + y // 12:02x}")
    c.create_rectangle(0, 0, 1280, 28, fill="#1b1b1b", outline="")
    for x, s in [(50, "Activities"), (640, "Thu 5 Mar 14:07"), (1200, "English")]:
        c.create_text(x, 14, text=T(s), fill="#f0f0f0", font=("DejaVu Sans", 11, "bold"))
    for i, s in enumerate(["Home", "Trash", "Install System", "Network Drive"]):
        c.create_text(90, 130 + 120 * i, text=T(s), fill="white", font=("DejaVu Sans", 10))
    c.create_rectangle(300, 120, 900, 480, fill="#fafafa", outline="#888888")
    c.create_rectangle(300, 120, 900, 152, fill="#3c6eb4", outline="#888888")
    c.create_text(600, 136, text=T("Untitled document - Text Editor"), fill="white", font=("Liberation Sans", 12, "bold"))
    for i, s in enumerate(PROSE + ["Press F1 for help, F10 for the menu.", "Line 12, Column 48   INS   UTF-8"]):
        c.create_text(320, 190 + 30 * i, anchor="w", text=T(s), fill="#222222", font=("Liberation Serif", 13))
    c.create_rectangle(640, 520, 1160, 720, fill="#ece9d8", outline="#000000")
    c.create_rectangle(640, 520, 1160, 548, fill="#0a246a", outline="")
    c.create_text(660, 534, anchor="w", text=T("Confirm"), fill="white", font=("Liberation Sans", 11, "bold"))
    c.create_text(670, 590, anchor="w", text=T("Do you want to save the changes you made?"), font=("Liberation Sans", 11))
    for i, s in enumerate(["Save", "Discard", "Cancel"]):
        c.create_rectangle(700 + 150 * i, 650, 820 + 150 * i, 685, fill="#f4f4f4", outline="#003c74")
        c.create_text(760 + 150 * i, 667, text=T(s), font=("Liberation Sans", 11))
    root.after(1500, done)
    root.mainloop()


def big() -> None:
    import tkinter as tk

    root = tk.Tk()
    root.geometry("1280x800+0+0")
    root.configure(bg="#7b1fa2")
    for s, size in [("Welcome", 72), ("Choose your language", 40), ("English", 28), ("Deutsch", 28), ("Nederlands", 28)]:
        tk.Label(root, text=T(s), font=("DejaVu Serif", size), bg="#7b1fa2", fg="#fff59d").pack(pady=14)
    tk.Button(root, text=T("Next"), font=("DejaVu Sans", 30, "bold"), bg="#ffffff", fg="#4a148c").pack(pady=30)
    root.after(1500, done)
    root.mainloop()


SCENES = {
    "tk-form-light": lambda: tk_form(False, 12), "tk-form-dark": lambda: tk_form(True, 12),
    "tk-form-small": lambda: tk_form(False, 9), "tk-tiles": tk_tiles,
    "gtk-prefs-light": lambda: gtk_prefs(False), "gtk-prefs-dark": lambda: gtk_prefs(True),
    "qt-window-light": lambda: qt_window(False, 10), "qt-window-dark": lambda: qt_window(True, 10),
    "qt-window-large": lambda: qt_window(False, 14), "desktop": desktop, "big": big,
}

if __name__ == "__main__":
    SCENES[sys.argv[1]]()
