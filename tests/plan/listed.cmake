# cmake -DFOLDER=... -DLISTED=... -P listed.cmake: a case that is not in the list is one that never runs.
file(GLOB present RELATIVE ${FOLDER} ${FOLDER}/*.txt)
list(TRANSFORM present REPLACE "\\.txt$" "")
list(REMOVE_ITEM present ${LISTED})
if(present)
  message(FATAL_ERROR "not in tests/plan/CMakeLists.txt: ${present}")
endif()
