#include "apply/run.h"
