# Every own target calls cnx_warnings(target): warnings are errors.
function(cnx_warnings)
  foreach(target ${ARGN})
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Werror)
  endforeach()
endfunction()
