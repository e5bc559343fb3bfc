# What `cmake --install` lays down: the driver and its worker with Halide, the runtime archives, and the package that
# find_package(cnx) finds. Nothing in it names the prefix, so the tree can be moved.
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/cnx)
install(TARGETS cnx cnx-kernel-worker RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS cnx_rt cnx_io cnx_image ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES runtime/include/cnx_rt.h runtime/include/cnx_io.h runtime/include/cnx_image.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# Halide has no package of its own on the target machine.
install(FILES ${CNX_HALIDE_LIBRARY} DESTINATION ${CMAKE_INSTALL_LIBDIR}/cnx)
file(RELATIVE_PATH from_bin ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/cnx)
set_target_properties(cnx cnx-kernel-worker PROPERTIES INSTALL_RPATH "$ORIGIN/${from_bin};${LLVM_LIBRARY_DIR}"
                                                       INSTALL_RPATH_USE_LINK_PATH OFF)

configure_package_config_file(cmake/cnxConfig.cmake.in ${PROJECT_BINARY_DIR}/cnxConfig.cmake
  INSTALL_DESTINATION ${package}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cnxConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cnxConfig.cmake ${PROJECT_BINARY_DIR}/cnxConfigVersion.cmake
              cmake/CnxAddModel.cmake
        DESTINATION ${package})
