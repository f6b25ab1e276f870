#include "manifest/load.h"
