#include "worker/device_module.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>

namespace gwageo {

std::filesystem::path device_module_path() {
  if (const char* const given = std::getenv("GWAGEO_DEVICE_MODULE")) return given;
  const char* const name = "libgwageo_cuda.so";
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  const auto beside = program / name;
  if (std::filesystem::exists(beside, unknown)) return beside;
  const auto installed = program.parent_path() / "lib" / name;
  return std::filesystem::exists(installed, unknown) ? installed : beside;
}

Result<OpenModule> open_device_module(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) {
    return fail(ErrorKind::not_found,
                path.string() +
                    ": there is no device module; build where the CUDA toolkit is, or "
                    "name one with GWAGEO_DEVICE_MODULE");
  }
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(ErrorKind::bad_input, path.string() + ": cannot be loaded: " + dlerror());
  }
  const auto build =
      reinterpret_cast<DeviceModuleBuild*>(dlsym(library, device_module_build_symbol));
  const auto entry = reinterpret_cast<DeviceModuleEntry*>(dlsym(library, device_module_symbol));
  if (build == nullptr || entry == nullptr) {
    dlclose(library);
    return fail(ErrorKind::bad_input, path.string() + ": is no device module of gwageo");
  }
  const std::string is_of = build();
  if (is_of != GWAGEO_DEVICE_MODULE_BUILD) {
    dlclose(library);
    return fail(ErrorKind::bad_input, path.string() + ": is of another build (" + is_of +
                                          ") than this program (" GWAGEO_DEVICE_MODULE_BUILD
                                          "); install the two together");
  }
  return OpenModule{entry(), library};
}

}  // namespace gwageo
