#include "manifest/types.h"
