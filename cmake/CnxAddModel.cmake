# cnx_add_model(<target> MODEL <model> [WEIGHTS <file>] [BATCH <n>...] [TRAIN] [EMBED] [OPTIONS <option>...])
#
# Compiles a network with cnx when the project is built, and makes <target> a library to link against: the header
# <target>.h and all link dependencies come along. <model> is what `cnx compile` takes: a preset's name, a description,
# a checkpoint or a folder; paths are relative to the calling CMakeLists.txt. WEIGHTS is a checkpoint for a preset or a
# description. With TRAIN the library trains as well. OPTIONS go to `cnx compile` as they are.
#
# The output is the same in every configuration, and is made again when the model's files or cnx itself change.
# The property CNX_WEIGHTS_FILE of <target> is the weight file that the program opens at run time; with EMBED the
# archive holds it as well, and <target>_embedded_weights() gives it.
function(cnx_add_model target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "EMBED;TRAIN" "MODEL;WEIGHTS" "BATCH;OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "cnx_add_model(${target}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_MODEL)
    message(FATAL_ERROR "cnx_add_model(${target}): MODEL is missing")
  endif()
  if(NOT target MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "cnx_add_model(${target}): the name must be a C identifier")
  endif()

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.cnx)
  set(command ${CNX_EXECUTABLE} compile)
  set(depends ${CNX_EXECUTABLE} ${CNX_KERNEL_WORKER})
  foreach(kind MODEL WEIGHTS)
    if(arg_${kind})
      get_filename_component(path ${arg_${kind}} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
      if(IS_DIRECTORY ${path})
        file(GLOB inside CONFIGURE_DEPENDS ${path}/*.json ${path}/*.safetensors)
        list(APPEND depends ${inside})
      elseif(EXISTS ${path})
        list(APPEND depends ${path})
      elseif(kind STREQUAL WEIGHTS)
        message(FATAL_ERROR "cnx_add_model(${target}): WEIGHTS ${path} does not exist")
      else()
        set(path ${arg_MODEL}) # a preset's name
      endif()
      if(kind STREQUAL WEIGHTS)
        list(APPEND command --weights ${path})
      else()
        list(APPEND command ${path})
      endif()
    endif()
  endforeach()
  list(APPEND command -o ${folder} --name ${target} --cxx ${CMAKE_CXX_COMPILER})
  if(arg_BATCH)
    list(JOIN arg_BATCH "," batch)
    list(APPEND command --batch ${batch})
  endif()
  set(needs cnx::rt)
  if(arg_TRAIN)
    list(APPEND command --train)
    set(needs cnx::io cnx::rt) # checkpoints
  endif()
  if(arg_EMBED)
    list(APPEND command --embed)
  endif()

  set(archive ${folder}/lib${target}.a)
  set(weights ${folder}/${target}.weights)
  add_custom_command(
    OUTPUT ${archive} ${weights} ${folder}/${target}.h ${folder}/${target}.cpp ${folder}/${target}.json
    COMMAND ${command} ${arg_OPTIONS}
    DEPENDS ${depends}
    COMMENT "Compiling ${arg_MODEL} to ${target}"
    VERBATIM)
  add_custom_target(${target}_cnx DEPENDS ${archive})

  file(MAKE_DIRECTORY ${folder}) # an imported target's include folder must exist before it is filled
  add_library(${target} STATIC IMPORTED GLOBAL)
  add_dependencies(${target} ${target}_cnx)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${archive}
    INTERFACE_INCLUDE_DIRECTORIES ${folder}
    INTERFACE_LINK_LIBRARIES "${needs}"
    CNX_WEIGHTS_FILE ${weights})
endfunction()

# cnx_install_model(<target> DESTINATION <folder>): installs the weight file that the program opens at run time.
function(cnx_install_model target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DESTINATION" "")
  if(NOT arg_DESTINATION)
    message(FATAL_ERROR "cnx_install_model(${target}): DESTINATION is missing")
  endif()
  get_target_property(weights ${target} CNX_WEIGHTS_FILE)
  install(FILES ${weights} DESTINATION ${arg_DESTINATION})
endfunction()
