#include "ops/evidence.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include "coordinator/durable_file.h"
#include "coordinator/rocks_store.h"
#include "ops/archive.h"
#include "ops/output.h"
#include "ops/remote_store.h"
#include "ops/system.h"
#include "ops/system_clock.h"
#include "protocol/key_file.h"

namespace gwageo {
namespace {

constexpr std::uint64_t checkpoint_bytes_max = 65536;
/// A coordinator signs about once a second.
constexpr Duration signed_at_most = seconds(3);

Status set_verifier(Evidence& evidence, const std::string& vkey) {
  GWAGEO_ASSIGN(key, parse_vkey(vkey));
  evidence.verifier = std::move(key);
  evidence.verifier_text = vkey;
  return {};
}

/// The signed note of a data directory; a missing one is no error, and the audit says so.
Status read_note(Evidence& evidence, const std::string& directory) {
  Result<std::string> note = read_file(directory + "/checkpoint", checkpoint_bytes_max);
  if (note) {
    evidence.note = *std::move(note);
    return {};
  }
  if (note.error().kind == ErrorKind::not_found) return {};
  return tl::unexpected(note.error());
}

Result<Evidence> of_archive(const std::string& path) {
  Evidence evidence;
  evidence.source = "archive " + path;
  evidence.store = new_memory_store();
  GWAGEO_ASSIGN(header, load_archive(path, *evidence.store));
  GWAGEO_TRY(set_verifier(evidence, header.verifier));
  evidence.note = header.checkpoint;
  evidence.jobs = header.jobs;
  return evidence;
}

/// The coordinator's key, from the key files of a data directory; a copy may be without them.
Status find_verifier(Evidence& evidence, const std::string& directory) {
  for (const char* const name : {"coordinator.key", "operator.key"}) {
    const Result<std::string> vkey = read_coordinator_verifier(directory + "/keys/" + name);
    if (vkey) return set_verifier(evidence, *vkey);
    if (vkey.error().kind != ErrorKind::not_found) return tl::unexpected(vkey.error());
  }
  return {};
}

Result<Evidence> of_directory(const std::string& path, bool has_signer) {
  Evidence evidence;
  evidence.source = "data directory " + path;
  Result<DataDirectory> directory = DataDirectory::open_for_reading(path);
  if (!directory && directory.error().kind == ErrorKind::unavailable) {
    return fail(ErrorKind::bad_input, directory.error().message +
                                          "; audit the running one with --data " + path +
                                          ", or stop it first");
  }
  if (!directory) return tl::unexpected(directory.error());
  evidence.directory = *std::move(directory);
  GWAGEO_TRY(read_note(evidence, path));
  if (!has_signer) GWAGEO_TRY(find_verifier(evidence, path));
  RocksOptions options;
  options.path = evidence.directory->store_path();
  options.read_only = true;
  GWAGEO_ASSIGN(store, open_rocks_store(options));
  evidence.store = std::move(store);
  return evidence;
}

Result<Evidence> of_coordinator(const Invocation& arguments) {
  Evidence evidence;
  GWAGEO_ASSIGN(client, Client::open(arguments));
  evidence.client = std::make_unique<Client>(std::move(client));
  const Connection& connection = evidence.client->connection();
  evidence.source = "coordinator at " + connection.endpoint;
  GWAGEO_TRY(set_verifier(evidence, connection.key.coordinator_verifier));
  // Both are read before the journal, which may be longer by then but never shorter.
  const std::string directory = arguments.data_directory();
  const Result<std::string> local = read_endpoint(directory);
  if (local && *local == connection.endpoint) GWAGEO_TRY(read_note(evidence, directory));
  GWAGEO_ASSIGN(answer, evidence.client->call("checkpoint"));
  const std::optional<Digest> root = from_hex(shown(answer.body, "root"));
  if (!root) return fail(ErrorKind::corrupt, "the coordinator's checkpoint has no root");
  evidence.claimed = Checkpoint{shown(answer.body, "origin"),
                                static_cast<std::uint64_t>(number(answer.body, "size")), *root};
  evidence.store = std::make_unique<RemoteStore>(*evidence.client);
  return evidence;
}

Result<Evidence> find_evidence(const Invocation& arguments,
                               const std::optional<std::string>& where) {
  std::error_code error;
  const bool has_signer = arguments.has("signer");
  if (where) {
    const std::string path = absolute_path(*where);
    if (std::filesystem::is_directory(path, error)) return of_directory(path, has_signer);
    if (std::filesystem::exists(path, error)) return of_archive(path);
    if (error == std::errc::permission_denied) {
      return fail(ErrorKind::not_allowed, path + ": " + error.message());
    }
    if (error) return fail(ErrorKind::io, path + ": " + error.message());
    return fail(ErrorKind::not_found, *where + ": no such archive or data directory");
  }
  const std::string directory = arguments.data_directory();
  const bool is_elsewhere =
      arguments.has("coordinator") || !environment("GWAGEO_COORDINATOR").empty();
  const bool is_stopped = !is_elsewhere && std::filesystem::exists(directory + "/format", error) &&
                          !std::filesystem::exists(directory + "/endpoint", error);
  return is_stopped ? of_directory(directory, has_signer) : of_coordinator(arguments);
}

}  // namespace

Result<Evidence> open_evidence(const Invocation& arguments,
                               const std::optional<std::string>& where) {
  const std::optional<std::string> signer = arguments.text("signer");
  if (signer) {
    const Result<NoteKey> key = parse_vkey(*signer);
    if (!key) return fail(ErrorKind::bad_input, "--signer: " + key.error().message);
  }
  GWAGEO_ASSIGN(evidence, find_evidence(arguments, where));
  if (signer) {
    GWAGEO_TRY(set_verifier(evidence, *signer));
    evidence.is_verifier_demanded = true;
  }
  return evidence;
}

Result<std::string> await_checkpoint(const std::string& directory, const NoteKey& key,
                                     std::uint64_t size) {
  const SystemClock clock;
  const Duration until = clock.monotonic() + signed_at_most;
  for (;;) {
    GWAGEO_ASSIGN(note, read_file(directory + "/checkpoint", checkpoint_bytes_max));
    const Result<Checkpoint> opened = open_checkpoint(note, key);
    const bool is_waited_for = opened && opened->size < size;
    if (!is_waited_for || clock.monotonic() > until) return note;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::string unsigned_warning(std::uint64_t records) {
  if (records == 0) return {};
  return "warning: no checkpoint at hand covers its last " + std::to_string(records) +
         " records, so an audit with --signer refuses it\n";
}

}  // namespace gwageo
