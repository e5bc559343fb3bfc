# Heavy headers are parsed once a build, not once a source: a header set is precompiled by one small target, and
# cnx_parse_once(<set> <target>...) lets targets use it. Sources go on to include what they use.
#
# Every source of a set is compiled alike, so a set says how. Commands, passes, emitters and front end wait for LLVM and
# Halide, and tests judge once: such code is optimised lightly or not at all, as that halves its build. Code with loops
# of its own (the runtime, the references, weights, data, the naive kernels of tests) is optimised in full.

# One precompiled header serves programs and libraries alike: both are compiled with the same options.
set(CMAKE_CXX_COMPILE_OPTIONS_PIE -fPIC)

# cnx_header_set(<set> [OPTIMISE <flag>] HEADERS <header>... LINK <library>...)
function(cnx_header_set set)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OPTIMISE" "HEADERS;LINK")
  set(owner cnx_headers_${set})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${owner}.cpp)
  file(GENERATE OUTPUT ${source} CONTENT "")
  add_library(${owner} OBJECT ${source})
  if(arg_OPTIMISE)
    target_compile_options(${owner} PRIVATE $<$<CONFIG:Release>:${arg_OPTIMISE}>)
  endif()
  target_link_libraries(${owner} PRIVATE ${arg_LINK})
  target_precompile_headers(${owner} PRIVATE ${arg_HEADERS})
  cnx_warnings(${owner})
endfunction()

function(cnx_parse_once set)
  foreach(target ${ARGN})
    target_compile_options(${target} PRIVATE $<TARGET_PROPERTY:cnx_headers_${set},COMPILE_OPTIONS>)
    target_precompile_headers(${target} REUSE_FROM cnx_headers_${set})
  endforeach()
endfunction()

set(mlir
  <mlir/Bytecode/BytecodeOpInterface.h>
  <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/IR/Builders.h>
  <mlir/IR/BuiltinOps.h>
  <mlir/IR/OpImplementation.h>
  <mlir/IR/PatternMatch.h>
  <mlir/IR/SymbolTable.h>
  <mlir/IR/Verifier.h>
  <mlir/Interfaces/InferTypeOpInterface.h>
  <mlir/Interfaces/SideEffectInterfaces.h>
  <mlir/Parser/Parser.h>
  <mlir/Pass/PassManager.h>)
set(catch ${PROJECT_SOURCE_DIR}/tests/support/catch.h)
cnx_header_set(mlir OPTIMISE -O1 HEADERS ${mlir} LINK cnx_mlir)
cnx_header_set(mlir_tests OPTIMISE -O0 HEADERS ${mlir} ${catch} LINK cnx_mlir)
cnx_header_set(halide HEADERS <Halide.h> LINK Halide::Halide)
cnx_header_set(halide_tests OPTIMISE -O0 HEADERS <Halide.h> ${catch} LINK Halide::Halide)
cnx_header_set(json OPTIMISE -O1 HEADERS <fmt/format.h> <nlohmann/json.hpp> LINK fmt::fmt nlohmann_json::nlohmann_json)
cnx_header_set(tests OPTIMISE -O0 HEADERS ${catch} <nlohmann/json.hpp> LINK nlohmann_json::nlohmann_json)
cnx_header_set(commands OPTIMISE -O0 HEADERS <CLI/CLI.hpp> <fmt/format.h> <nlohmann/json.hpp>
  LINK CLI11::CLI11 fmt::fmt nlohmann_json::nlohmann_json)
