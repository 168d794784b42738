# Compiles our sources in batches of 20 to 40: most of a build's time goes into reading the same
# headers and making the same templates once for every file. A batch is a file that includes its
# sources (CMake's unity build), so two of one target must not give one name to two things, in
# anonymous namespaces too, nor a name that a header has: it would come before the header's in the
# sources that follow. The `dev` preset compiles each file by itself, and thus finds the include
# that a file forgot; -DGWAGEO_BATCHES=OFF does so anywhere.
#
# Which batch a source is in depends on its own path and on how many batches there are, a power of
# two: a new file changes one batch, and seldom the number. So a compiler cache keeps the others.
option(GWAGEO_BATCHES "Compile several sources at a time" OFF)
set(GWAGEO_BATCH_FILES 40 CACHE STRING "Sources of a batch: at most so many in the mean")

# The batches of a target: the least power of two with which that holds.
function(gwageo_batch_count files result)
  set(count 1)
  while(files GREATER GWAGEO_BATCH_FILES)
    math(EXPR files "(${files} + 1) / 2")
    math(EXPR count "${count} * 2")
  endwhile()
  set(${result} ${count} PARENT_SCOPE)
endfunction()

# Of a target's sources those that may share a batch: ours, in C++, and compiled as the target is.
# What is generated and what has properties of its own stays alone.
function(gwageo_batched_sources target result)
  get_target_property(sources ${target} SOURCES)
  get_target_property(directory ${target} SOURCE_DIR)
  set(batched "")
  foreach(source IN LISTS sources)
    if(NOT source MATCHES "\\.cc$")
      continue()
    endif()
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${directory} NORMALIZE OUTPUT_VARIABLE path)
    set(alone OFF)
    foreach(property GENERATED COMPILE_DEFINITIONS COMPILE_FLAGS COMPILE_OPTIONS
        INCLUDE_DIRECTORIES SKIP_UNITY_BUILD_INCLUSION)
      get_source_file_property(own ${path} TARGET_DIRECTORY ${target} ${property})
      if(own)
        set(alone ON)
      endif()
    endforeach()
    if(NOT alone)
      list(APPEND batched ${path})
    endif()
  endforeach()
  set(${result} "${batched}" PARENT_SCOPE)
endfunction()

function(gwageo_batch_target target)
  gwageo_batched_sources(${target} sources)
  list(LENGTH sources files)
  if(files LESS 2)
    return()
  endif()
  gwageo_batch_count(${files} batches)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  foreach(path IN LISTS sources)
    cmake_path(RELATIVE_PATH path BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE name)
    string(MD5 hash ${name})
    string(SUBSTRING ${hash} 0 6 hash)
    math(EXPR batch "0x${hash} % ${batches}")
    set_source_files_properties(${path} TARGET_DIRECTORY ${target} PROPERTIES
      UNITY_GROUP ${target}_${batch})
  endforeach()
endfunction()

# Every target of a directory and of those below it. Call it when all of them are there.
function(gwageo_batch_sources directory)
  get_property(targets DIRECTORY ${directory} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(type MATCHES "^(STATIC_LIBRARY|OBJECT_LIBRARY|EXECUTABLE)$")
      gwageo_batch_target(${target})
    endif()
  endforeach()
  get_property(below DIRECTORY ${directory} PROPERTY SUBDIRECTORIES)
  foreach(folder IN LISTS below)
    gwageo_batch_sources(${folder})
  endforeach()
endfunction()
