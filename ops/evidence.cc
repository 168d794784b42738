#include "ops/evidence.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include "coordinator/durable_file.h"
#include "coordinator/log_folder.h"
#include "coordinator/log_statements.h"
#include "coordinator/rocks_store.h"
#include "ops/archive.h"
#include "ops/log_store.h"
#include "ops/output.h"
#include "ops/remote_store.h"
#include "ops/system.h"
#include "ops/system_clock.h"
#include "protocol/check.h"
#include "protocol/key_file.h"

namespace gwageo {
namespace {

constexpr std::uint64_t checkpoint_bytes_max = note_bytes_max;
/// A coordinator signs about once a second, and publishes every two: with witnesses, a turn later.
constexpr Duration signed_at_most = seconds(3);
constexpr Duration published_at_most = seconds(6);
constexpr auto between_looks = std::chrono::milliseconds(20);

Status set_verifier(Evidence& evidence, const std::string& vkey) {
  GWAGEO_ASSIGN(key, parse_vkey(vkey));
  evidence.verifier = std::move(key);
  evidence.verifier_text = vkey;
  return {};
}

/// A file that may be missing; a link to one that is missing may not.
Result<std::optional<std::string>> read_if_there(const std::string& path) {
  Result<std::string> note = read_file(path, checkpoint_bytes_max);
  if (note) return *std::move(note);
  if (note.error().kind == ErrorKind::not_found && !is_name_taken(path)) return std::nullopt;
  return tl::unexpected(note.error());
}

/// The signed notes of a data directory; a missing one is no error, and the audit says so.
Status read_note(Evidence& evidence, const std::string& directory) {
  GWAGEO_ASSIGN(note, read_if_there(directory + "/checkpoint"));
  evidence.note = std::move(note);
  GWAGEO_ASSIGN(published, read_if_there(directory + "/tiles/checkpoint"));
  evidence.published = std::move(published);
  return {};
}

/// What its checkpoint says is the length of it; who signed that is checked with everything else.
Result<Evidence> of_log(const std::string& path) {
  Evidence evidence;
  evidence.source = "published log " + path;
  evidence.log_folder = path;
  GWAGEO_ASSIGN(note, read_published_checkpoint(path));
  const Result<Checkpoint> head = read_unchecked_checkpoint(note);
  if (!head) return fail(path + "/checkpoint", Error{ErrorKind::corrupt, head.error().message});
  GWAGEO_ASSIGN(claims_all, claims_all_statements(path));
  if (claims_all) {
    evidence.all_statements = "though " + path +
                              "/statements/all says that none is missing: take it from another "
                              "mirror, or take that file away";
  }
  evidence.store = open_log_store(path, head->size);
  evidence.note = note;
  evidence.published = std::move(note);
  return evidence;
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

/// Whether the coordinator that is asked is the one of `directory`, whose files are at hand then.
bool is_local(const Client& client, const std::string& directory) {
  const Result<std::string> endpoint = read_endpoint(directory);
  return endpoint && *endpoint == client.connection().endpoint;
}

/// The note that the coordinator publishes, for which one that has just begun is given a moment;
/// nothing where it publishes none.
Result<std::optional<std::string>> ask_published(Client& client) {
  const SystemClock clock;
  const Duration until = clock.monotonic() + published_at_most;
  for (;;) {
    const Result<VerbAnswer> answer = client.call("log.checkpoint");
    if (answer) return shown(answer->body, "note");
    if (answer.error().kind == ErrorKind::not_found) return std::nullopt;
    const bool is_waited_for = answer.error().kind == ErrorKind::unavailable;
    if (!is_waited_for || clock.monotonic() > until) return tl::unexpected(answer.error());
    std::this_thread::sleep_for(between_looks);
  }
}

// Signatures are read before the journal, which may be longer by then but never shorter. From
// elsewhere what was signed is what is published.
Result<Evidence> of_coordinator(const Invocation& arguments) {
  Evidence evidence;
  GWAGEO_ASSIGN(client, Client::open(arguments));
  evidence.client = std::make_unique<Client>(std::move(client));
  const Connection& connection = evidence.client->connection();
  evidence.source = "coordinator at " + connection.endpoint;
  GWAGEO_TRY(set_verifier(evidence, connection.key.coordinator_verifier));
  const std::string directory = arguments.data_directory();
  if (is_local(*evidence.client, directory)) GWAGEO_TRY(read_note(evidence, directory));
  if (!evidence.note || arguments.has("policy")) {
    GWAGEO_ASSIGN(published, ask_published(*evidence.client));
    evidence.published = std::move(published);
    if (!evidence.note) evidence.note = evidence.published;
  }
  GWAGEO_ASSIGN(answer, evidence.client->call("checkpoint"));
  const std::optional<Digest> root = from_hex(shown(answer.body, "root"));
  if (!root) return fail(ErrorKind::corrupt, "the coordinator's checkpoint has no root");
  evidence.claimed = Checkpoint{shown(answer.body, "origin"),
                                static_cast<std::uint64_t>(number(answer.body, "size")), *root};
  evidence.store = std::make_unique<RemoteStore>(*evidence.client);
  return evidence;
}

/// Whose log it has to be, by the auditor's own key file, where one is named.
Status take_given_key(Evidence& evidence, const Invocation& arguments) {
  const std::string key = arguments.text_or("key", environment("GWAGEO_KEY"));
  if (key.empty()) return {};
  GWAGEO_ASSIGN(vkey, read_coordinator_verifier(key));
  return set_verifier(evidence, vkey);
}

Result<Evidence> find_evidence(const Invocation& arguments,
                               const std::optional<std::string>& where) {
  std::error_code error;
  const bool has_signer = arguments.has("signer");
  if (where) {
    const std::string path = absolute_path(*where);
    if (is_log_folder(path)) {
      GWAGEO_ASSIGN(log, of_log(path));
      if (!has_signer && !arguments.has("policy")) GWAGEO_TRY(take_given_key(log, arguments));
      return log;
    }
    if (is_log_without_checkpoint(path)) {
      return fail(ErrorKind::bad_input,
                  path +
                      ": a published log without its file \"checkpoint\", which says how long it "
                      "is and who signed it: take both from one mirror");
    }
    if (std::filesystem::is_directory(path, error)) {
      return of_directory(path, has_signer || arguments.has("policy"));
    }
    if (std::filesystem::exists(path, error)) return of_archive(path);
    if (error == std::errc::permission_denied) {
      return fail(ErrorKind::not_allowed, path + ": " + error.message());
    }
    if (error) return fail(ErrorKind::io, path + ": " + error.message());
    return fail(ErrorKind::not_found,
                *where + ": no such archive, data directory or published log");
  }
  const std::string directory = arguments.data_directory();
  const bool is_elsewhere =
      arguments.has("coordinator") || !environment("GWAGEO_COORDINATOR").empty();
  const bool is_stopped = !is_elsewhere && std::filesystem::exists(directory + "/format", error) &&
                          !std::filesystem::exists(directory + "/endpoint", error);
  return is_stopped ? of_directory(directory, has_signer || arguments.has("policy"))
                    : of_coordinator(arguments);
}

/// The policy in a file. One that names no log is about the log that the evidence is of.
Status read_policy(Evidence& evidence, const std::string& path) {
  GWAGEO_ASSIGN(text, read_file(path, policy_bytes_max));
  Result<LogPolicy> policy = parse_policy(text);
  if (!policy) return fail(path, policy.error());
  if (policy->logs.empty() && evidence.verifier) policy->logs.push_back(*evidence.verifier);
  if (policy->logs.empty()) {
    return fail(ErrorKind::bad_input, path +
                                          ": the policy names no log, and no key is at hand; "
                                          "say whose log it is with --signer VKEY");
  }
  evidence.policy = *std::move(policy);
  evidence.is_verifier_demanded = true;
  if (evidence.verifier) return {};
  evidence.verifier = evidence.policy->logs.front();
  evidence.verifier_text = to_vkey(*evidence.verifier);
  return {};
}

/// What witnesses have cosigned, as a start of a coordinator there would compare it.
Status read_witnessed(Evidence& evidence) {
  GWAGEO_ASSIGN(paths, witness_files_in(evidence.directory->path()));
  for (const std::string& path : paths) {
    GWAGEO_ASSIGN(note, read_file(path, checkpoint_bytes_max));
    const Result<Checkpoint> opened = evidence.verifier ? open_checkpoint(note, *evidence.verifier)
                                                        : read_unchecked_checkpoint(note);
    if (!opened) return fail(path, Error{ErrorKind::corrupt, opened.error().message});
    evidence.witnessed.push_back({path, *opened, {}});
  }
  return {};
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
  if (const auto policy = arguments.text("policy")) GWAGEO_TRY(read_policy(evidence, *policy));
  if (evidence.directory) GWAGEO_TRY(read_witnessed(evidence));
  if (arguments.has("statements") && evidence.all_statements.empty()) {
    evidence.all_statements = "and --statements demands all of them: look for a mirror that has it";
  }
  std::vector<NoteKey> keys = evidence.policy ? evidence.policy->logs : std::vector<NoteKey>{};
  if (evidence.verifier) keys.push_back(*evidence.verifier);
  for (const std::string& given : arguments.texts("from")) {
    GWAGEO_ASSIGN(held, read_held_head("--from", given, keys));
    evidence.held.push_back(std::move(held));
  }
  return evidence;
}

Result<std::string> newest_note(const Evidence& evidence) {
  if (evidence.client != nullptr) {
    GWAGEO_ASSIGN(answer, evidence.client->call("log.checkpoint"));
    return shown(answer.body, "note");
  }
  if (!evidence.note && !evidence.published) {
    return fail(ErrorKind::not_found,
                evidence.source + ": has no signed checkpoint, so there is nothing to publish");
  }
  if (!evidence.published) return *evidence.note;
  if (!evidence.note) return *evidence.published;
  const Result<Note> guard = parse_note(*evidence.note);
  const Result<Note> published = parse_note(*evidence.published);
  const bool is_same = guard && published && guard->text == published->text;
  return is_same ? *evidence.published : *evidence.note;
}

Result<std::string> await_checkpoint(const Evidence& evidence, const std::string& directory,
                                     std::uint64_t size) {
  GWAGEO_CHECK(evidence.client != nullptr);
  GWAGEO_CHECK(evidence.verifier.has_value());
  const bool has_guard = is_local(*evidence.client, directory);
  const SystemClock clock;
  const Duration until = clock.monotonic() + (has_guard ? signed_at_most : published_at_most);
  for (;;) {
    GWAGEO_ASSIGN(note, has_guard ? read_file(directory + "/checkpoint", checkpoint_bytes_max)
                                  : newest_note(evidence));
    const Result<Checkpoint> opened = open_checkpoint(note, *evidence.verifier);
    const bool is_waited_for = opened && opened->size < size;
    if (!is_waited_for || clock.monotonic() > until) return note;
    std::this_thread::sleep_for(between_looks);
  }
}

std::string unsigned_warning(std::uint64_t records) {
  if (records == 0) return {};
  return "warning: no checkpoint at hand covers its last " + std::to_string(records) +
         " records, so an audit with --signer refuses it\n";
}

}  // namespace gwageo
