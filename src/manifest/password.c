#include "manifest/password.h"
