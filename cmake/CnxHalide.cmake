# Halide 21.0.0: the C++ part of PyPI's wheel, unpacked by setup.sh. Its own CMake package wants a newer CMake.
set(CNX_HALIDE_ROOT ${PROJECT_BINARY_DIR}/halide CACHE PATH "folder that holds Halide's include/ and lib64/")
find_path(CNX_HALIDE_INCLUDE Halide.h HINTS ${CNX_HALIDE_ROOT}/include NO_DEFAULT_PATH REQUIRED)
find_library(CNX_HALIDE_LIBRARY NAMES Halide HINTS ${CNX_HALIDE_ROOT}/lib64 NO_DEFAULT_PATH REQUIRED)
add_library(Halide::Halide SHARED IMPORTED)
set_target_properties(Halide::Halide PROPERTIES IMPORTED_LOCATION ${CNX_HALIDE_LIBRARY} IMPORTED_NO_SONAME ON
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${CNX_HALIDE_INCLUDE}
  INTERFACE_INCLUDE_DIRECTORIES ${CNX_HALIDE_INCLUDE})
