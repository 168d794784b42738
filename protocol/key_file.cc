#include "protocol/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "protocol/check.h"
#include "protocol/digest.h"
#include "protocol/zap_handler.h"

namespace gwageo {
namespace {

constexpr std::array<std::string_view, 5> role_names = {"operator", "team", "auditor", "worker",
                                                        "coordinator"};
constexpr std::string_view format_number = "1";

std::string hex_of(const std::array<std::uint8_t, 32>& bytes) { return to_hex(Digest{bytes}); }

std::string system_error() { return std::strerror(errno); }

/// A file descriptor that closes itself.
struct File {
  int number = -1;
  explicit File(int given) : number(given) {}
  ~File() {
    if (number >= 0) close(number);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
};

struct Field {
  std::string_view value;
  int line = 0;
};

/// The fields of a key file, taken one by one; what nobody takes is unknown.
class Fields {
 public:
  explicit Fields(std::string file) : file_(std::move(file)) {}

  Status read(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos) return refuse(line_, "the last line has no end");
      GWAGEO_TRY(read_line(text.substr(0, end)));
      text.remove_prefix(end + 1);
    }
    return {};
  }

  Result<Field> take(const std::string& name) {
    const auto found = fields_.find(name);
    if (found == fields_.end()) return refuse(line_, "\"" + name + "\" is missing");
    const Field field = found->second;
    fields_.erase(found);
    return field;
  }

  Status check_nothing_left() const {
    if (fields_.empty()) return {};
    const auto& [name, field] = *fields_.begin();
    return refuse(field.line, "\"" + name + "\" is no field of a key file");
  }

  tl::unexpected<Error> refuse(int line, const std::string& what) const {
    return fail(ErrorKind::bad_input, file_ + ":" + std::to_string(line) + ": " + what);
  }

 private:
  Status read_line(std::string_view line) {
    if (line.empty() || line[0] == '#') return {};
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return refuse(line_, "expected \"name: value\"");
    const std::string name(line.substr(0, colon));
    if (name.empty() ||
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos) {
      return refuse(line_, "expected \"name: value\"");
    }
    const auto [place, is_new] = fields_.emplace(name, Field{line.substr(colon + 2), line_});
    if (!is_new) {
      return refuse(line_, "\"" + name + "\" was given on line " +
                               std::to_string(place->second.line) + " already");
    }
    return {};
  }

  std::string file_;
  int line_ = 0;
  std::map<std::string, Field> fields_;
};

/// name+8 hex digits+base64 of 0x01 and the key, where the digits begin the SHA-256 of the others.
bool is_vkey(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (first == 0 || second == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, first);
  for (const char c : name) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') return false;
  }
  const auto key = from_base64(text.substr(second + 1));
  if (!key || key->size() != 33 || (*key)[0] != '\x01') return false;
  const std::string id = to_hex(sha256(std::string(name) + "\n" + *key)).substr(0, 8);
  return text.substr(first + 1, second - first - 1) == id;
}

Result<CurvePublicKey> take_curve_public(Fields& fields, const std::string& name) {
  GWAGEO_ASSIGN(field, fields.take(name));
  const auto key = curve_public_key_from_z85(field.value);
  if (!key) return fields.refuse(field.line, "\"" + name + "\" is not 40 characters of Z85");
  return *key;
}

/// 32 bytes and the line that they were on.
struct HexField {
  Digest digest;
  int line = 0;
};

Result<HexField> take_hex(Fields& fields, const std::string& name) {
  GWAGEO_ASSIGN(field, fields.take(name));
  const auto bytes = from_hex(field.value);
  if (!bytes || to_hex(*bytes) != field.value) {
    return fields.refuse(field.line, "\"" + name + "\" is not 64 lowercase hexadecimal digits");
  }
  return HexField{*bytes, field.line};
}

Status take_owner(Fields& fields, KeyFile& keys) {
  GWAGEO_ASSIGN(format, fields.take("format"));
  if (format.value != format_number) {
    return fields.refuse(format.line, "this program reads key files of format 1 only");
  }
  GWAGEO_ASSIGN(principal, fields.take("principal"));
  if (!is_principal_name(principal.value)) {
    return fields.refuse(principal.line,
                         "\"principal\" has 1 to 128 letters, digits, '.', '_' and '-', and begins "
                         "with a letter or digit");
  }
  keys.principal = principal.value;
  GWAGEO_ASSIGN(role, fields.take("role"));
  const auto known = key_role_from(role.value);
  if (!known) {
    return fields.refuse(role.line, "\"role\" is operator, team, auditor, worker or coordinator");
  }
  keys.role = *known;
  return {};
}

Status take_curve(Fields& fields, KeyFile& keys) {
  GWAGEO_ASSIGN(field, fields.take("curve_secret"));
  const auto secret = curve_secret_key_from_z85(field.value);
  if (!secret) {
    return fields.refuse(field.line, "\"curve_secret\" is not 40 characters of Z85");
  }
  GWAGEO_ASSIGN(own, take_curve_public(fields, "curve_public"));
  keys.curve = CurveKeyPair{own, *secret};
  if (public_key_of(*secret) != own) {
    return fields.refuse(field.line, "\"curve_secret\" does not belong to \"curve_public\"");
  }
  return {};
}

Status take_signing(Fields& fields, KeyFile& keys) {
  GWAGEO_ASSIGN(seed, take_hex(fields, "signing_seed"));
  GWAGEO_ASSIGN(own, take_hex(fields, "signing_public"));
  keys.signing = KeyPair{SigningKey{seed.digest.bytes}, VerifyingKey{own.digest.bytes}};
  if (verifying_key(keys.signing.signing) != keys.signing.verifying) {
    return fields.refuse(seed.line, "\"signing_seed\" does not belong to \"signing_public\"");
  }
  return {};
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status write_all(const File& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file.number, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(ErrorKind::io, system_error());
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fsync(file.number) != 0) return fail(ErrorKind::io, system_error());
  return {};
}

/// Writes `text` as a new file of mode 0600 that nobody else has.
Status write_new(const std::string& path, std::string_view text) {
  const File file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.number < 0) return fail(ErrorKind::io, system_error());
  // The mode of a new file is cut by the process's mask, never widened; this makes it exact.
  if (fchmod(file.number, 0600) != 0) return fail(ErrorKind::io, system_error());
  return write_all(file, text);
}

/// Who may see what is read: secret keys only their owner's process.
enum class Wanted { secret_keys, public_keys };

Status check_file(const std::string& path, const File& file, Wanted wanted) {
  struct stat about {};
  if (fstat(file.number, &about) != 0) return fail(ErrorKind::io, path + ": " + system_error());
  if (!S_ISREG(about.st_mode)) return fail(ErrorKind::bad_input, path + ": not a regular file");
  if (wanted == Wanted::public_keys) return {};
  if (about.st_uid != geteuid() && about.st_uid != 0) {
    return fail(ErrorKind::not_allowed, path +
                                            ": this key file belongs to another user; use your "
                                            "own key, or a copy that belongs to you");
  }
  if ((about.st_mode & 077) != 0) {
    return fail(ErrorKind::not_allowed,
                path + ": others may read this secret key; run: chmod 600 " + path);
  }
  return {};
}

}  // namespace

std::string_view to_string(KeyRole role) { return role_names.at(static_cast<std::size_t>(role)); }

std::optional<KeyRole> key_role_from(std::string_view text) {
  for (std::size_t i = 0; i < role_names.size(); ++i) {
    if (role_names[i] == text) return static_cast<KeyRole>(i);
  }
  return {};
}

Result<KeyFile> new_key_file(std::string principal, KeyRole role,
                             const CurvePublicKey& coordinator_curve_public,
                             std::string coordinator_verifier) {
  GWAGEO_ASSIGN(curve, new_curve_keys());
  GWAGEO_ASSIGN(signing, generate_key_pair());
  return KeyFile{std::move(principal),           role, curve, signing, coordinator_curve_public,
                 std::move(coordinator_verifier)};
}

std::string key_file_text(const KeyFile& keys) {
  GWAGEO_CHECK(is_principal_name(keys.principal));
  GWAGEO_CHECK(is_vkey(keys.coordinator_verifier));
  std::string text = "# gwageo key file. SECRET: whoever can read it can act as its owner.\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\n");
  };
  add("format", format_number);
  add("principal", keys.principal);
  add("role", to_string(keys.role));
  add("curve_public", to_z85(keys.curve.public_key));
  add("curve_secret", to_z85(keys.curve.secret_key));
  add("signing_public", hex_of(keys.signing.verifying.bytes));
  add("signing_seed", hex_of(keys.signing.signing.bytes));
  add("coordinator_curve_public", to_z85(keys.coordinator_curve_public));
  add("coordinator_verifier", keys.coordinator_verifier);
  return text;
}

Result<KeyFile> parse_key_file(const std::string& name, std::string_view text) {
  if (text.size() > key_file_bytes_max) {
    return fail(ErrorKind::bad_input, name + ": too large for a key file");
  }
  Fields fields(name);
  GWAGEO_TRY(fields.read(text));
  KeyFile keys;
  GWAGEO_TRY(take_owner(fields, keys));
  GWAGEO_TRY(take_curve(fields, keys));
  GWAGEO_TRY(take_signing(fields, keys));
  GWAGEO_ASSIGN(coordinator, take_curve_public(fields, "coordinator_curve_public"));
  keys.coordinator_curve_public = coordinator;
  GWAGEO_ASSIGN(verifier, fields.take("coordinator_verifier"));
  if (!is_vkey(verifier.value)) {
    return fields.refuse(verifier.line, "\"coordinator_verifier\" is not an Ed25519 vkey");
  }
  keys.coordinator_verifier = verifier.value;
  GWAGEO_TRY(fields.check_nothing_left());
  return keys;
}

namespace {

Result<KeyFile> read_checked(const std::string& path, Wanted wanted) {
  // Without O_NONBLOCK, opening a pipe that somebody left there would wait for its writer.
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number < 0) {
    const ErrorKind kind = errno == ENOENT   ? ErrorKind::not_found
                           : errno == EACCES ? ErrorKind::not_allowed
                                             : ErrorKind::io;
    return fail(kind, "cannot open key file " + path + ": " + system_error());
  }
  GWAGEO_TRY(check_file(path, file, wanted));
  std::string text(key_file_bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t taken = read(file.number, text.data() + size, text.size() - size);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return fail(ErrorKind::io, "cannot read " + path + ": " + system_error());
    if (taken == 0) break;
    size += static_cast<std::size_t>(taken);
  }
  text.resize(size);
  return parse_key_file(path, text);
}

}  // namespace

Result<KeyFile> read_key_file(const std::string& path) {
  return read_checked(path, Wanted::secret_keys);
}

Result<std::string> read_coordinator_verifier(const std::string& path) {
  GWAGEO_ASSIGN(keys, read_checked(path, Wanted::public_keys));
  return keys.coordinator_verifier;
}

Status write_key_file(const std::string& path, const KeyFile& keys) {
  const std::string context = "cannot write key file " + path;
  const std::string fresh = path + ".new." + std::to_string(getpid());
  // Left over by a process of the same number that died: nobody else writes this name.
  unlink(fresh.c_str());
  Status written = write_new(fresh, key_file_text(keys));
  if (written && rename(fresh.c_str(), path.c_str()) != 0) {
    written = fail(ErrorKind::io, system_error());
  }
  if (!written) {
    unlink(fresh.c_str());
    return fail(context, written.error());
  }
  const File directory(open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.number < 0 || fsync(directory.number) != 0) {
    return fail(ErrorKind::io, context + ": " + system_error());
  }
  return {};
}

}  // namespace gwageo
