#include "ops/coordinator_keys.h"

#include "coordinator/checkpoint.h"

namespace gwageo {

Result<KeyFile> coordinator_keys(const std::string& keys, const std::string& origin,
                                 bool has_signed) {
  const std::string path = keys + "/coordinator.key";
  Result<KeyFile> known = read_key_file(path);
  if (known || known.error().kind != ErrorKind::not_found) return known;
  if (has_signed) {
    return fail(ErrorKind::not_found, path +
                                          ": the key that signs this journal is missing; put it "
                                          "back from where you keep it");
  }
  GWAGEO_ASSIGN(curve, new_curve_keys());
  GWAGEO_ASSIGN(signing, generate_key_pair());
  const KeyFile made{"coordinator", KeyRole::coordinator, curve,
                     signing,       curve.public_key,     to_vkey({origin, signing.verifying})};
  GWAGEO_TRY(write_key_file(path, made));
  return made;
}

Result<std::optional<PrincipalRegistered>> first_keys(const std::string& keys,
                                                      const std::string& name, KeyRole role,
                                                      const KeyFile& coordinator,
                                                      const State& state) {
  const std::string path = keys + "/" + name + ".key";
  Result<KeyFile> file = read_key_file(path);
  if (!file && file.error().kind == ErrorKind::not_found) {
    if (state.principals().contains(name)) return std::nullopt;  // Somebody took the file away.
    GWAGEO_ASSIGN(made, new_key_file(name, role, coordinator.coordinator_curve_public,
                                     coordinator.coordinator_verifier));
    GWAGEO_TRY(write_key_file(path, made));
    file = std::move(made);
  }
  GWAGEO_TRY(file);
  PrincipalRegistered principal;
  principal.name = file->principal;
  principal.role = role == KeyRole::worker ? Role::worker : Role::operator_;
  principal.curve_key.bytes = file->curve.public_key.bytes;
  principal.sign_key.bytes = file->signing.verifying.bytes;
  return principal;
}

}  // namespace gwageo
