# LLVM and MLIR 22.1 from Debian: the two shared libraries and nothing else, as target cnx_mlir.
find_program(CNX_LLVM_CONFIG NAMES llvm-config-22 REQUIRED)
execute_process(COMMAND ${CNX_LLVM_CONFIG} --cmakedir OUTPUT_VARIABLE CNX_LLVM_CMAKEDIR
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
find_package(MLIR 22.1 REQUIRED CONFIG HINTS ${CNX_LLVM_CMAKEDIR}/../mlir)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

add_library(cnx_mlir INTERFACE)
target_include_directories(cnx_mlir SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_link_libraries(cnx_mlir INTERFACE MLIR LLVM)

add_library(cnx_llvm INTERFACE)
target_include_directories(cnx_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_link_libraries(cnx_llvm INTERFACE LLVM)
