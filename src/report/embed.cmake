# cmake -D FROM=FILE -D TO=FILE.c -D NAME=NAME -P embed.cmake: a file as a string in C.
file(READ "${FROM}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................................................)" "\\1\n    " bytes "${bytes}")
file(WRITE "${TO}" "#include \"report/html.h\"\n\nconst char ${NAME}[] = {\n    ${bytes}'\\0'};\n")
