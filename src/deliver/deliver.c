#include "deliver/deliver.h"
