def make(c,s):
    pass
