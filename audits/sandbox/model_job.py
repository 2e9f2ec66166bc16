MAGIC = b"x"


def serve(*a): ...
