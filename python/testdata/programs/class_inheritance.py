class Animal:
    def __init__(self, name):
        self.name = name
    def speak(self):
        return "..."
    def intro(self):
        return f"{self.name} says {self.speak()}"
class Dog(Animal):
    def __init__(self, name, tricks=None):
        super().__init__(name)
        self.tricks = tricks or []
    def speak(self):
        return "woof"
print(Dog("Rex").intro(), Animal("x").intro(), isinstance(Dog("a"), Animal), Dog("b", ["sit"]).tricks, type(Dog("q")).__name__)
