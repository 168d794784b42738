#include "ops/coordinator_keys.h"

#include "coordinator/checkpoint.h"
#include "coordinator/durable_file.h"

namespace gwageo {
namespace {

constexpr char coordinator_principal[] = "coordinator";

/// Whether they are those of the coordinator that they name.
Status check_own(const std::string& path, const KeyFile& keys) {
  GWAGEO_ASSIGN(named, parse_vkey(keys.coordinator_verifier));
  const bool is_own = keys.principal == coordinator_principal &&
                      keys.role == KeyRole::coordinator && named.key == keys.signing.verifying &&
                      keys.coordinator_curve_public == keys.curve.public_key;
  if (is_own) return {};
  return fail(ErrorKind::bad_input,
              path + ": is the key file of " + keys.principal + " (role " +
                  std::string(to_string(keys.role)) + "), and not the own one of the coordinator " +
                  keys.coordinator_verifier +
                  ": put that back from where you keep it, or from a backup; nothing is signed or "
                  "written");
}

}  // namespace

Result<KeyFile> coordinator_keys(const std::string& keys, const std::string& origin,
                                 bool has_signed) {
  const std::string path = keys + "/coordinator.key";
  Result<KeyFile> known = read_key_file(path);
  if (known) GWAGEO_TRY(check_own(path, *known));
  if (known || known.error().kind != ErrorKind::not_found) return known;
  if (has_signed) {
    return fail(ErrorKind::not_found, path +
                                          ": the key that signs this journal is missing; put it "
                                          "back from where you keep it");
  }
  GWAGEO_ASSIGN(curve, new_curve_keys());
  GWAGEO_ASSIGN(signing, generate_key_pair());
  const KeyFile made{coordinator_principal,
                     KeyRole::coordinator,
                     curve,
                     signing,
                     curve.public_key,
                     to_vkey({origin, signing.verifying})};
  GWAGEO_TRY(write_key_file(path, made));
  return made;
}

Result<std::string> read_own_verifier(const std::string& path) {
  GWAGEO_ASSIGN(text, read_file(path, key_file_bytes_max));
  GWAGEO_ASSIGN(keys, parse_key_file(path, text));
  GWAGEO_TRY(check_own(path, keys));
  return keys.coordinator_verifier;
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
