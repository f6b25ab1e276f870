#include "x509/source.h"
