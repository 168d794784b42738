// gwageo keys new | rotate | revoke | list | show.
#include <filesystem>

#include "ops/client.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/verbs.h"
#include "protocol/transparency/note.h"
#include "protocol/zap_handler.h"

namespace gwageo {
namespace {

std::string hex_of_key(const std::array<std::uint8_t, 32>& bytes) { return to_hex(Digest{bytes}); }

Result<KeyRole> role_of(const Invocation& arguments) {
  const std::string text = arguments.text_or("ROLE", "");
  const std::optional<KeyRole> role = key_role_from(text);
  if (!role || *role == KeyRole::coordinator) {
    return fail(ErrorKind::bad_input,
                "\"" + text + "\" is no role: operator, team, auditor or worker");
  }
  return *role;
}

}  // namespace

Result<int> verb_keys_new(const Invocation& arguments) {
  GWAGEO_ASSIGN(role, role_of(arguments));
  const std::string name = arguments.text_or("NAME", "");
  if (!is_principal_name(name)) {
    return fail(ErrorKind::bad_input, "\"" + name +
                                          "\" is no name: 1 to 128 letters, digits, '.', '_' and "
                                          "'-', and first a letter or digit");
  }
  const std::string path =
      arguments.text_or("out", arguments.data_directory() + "/keys/" + name + ".key");
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    return fail(ErrorKind::conflict, path + ": exists already; keys are not written over");
  }
  GWAGEO_ASSIGN(client, Client::open(arguments));
  const KeyFile& own = client.connection().key;
  GWAGEO_ASSIGN(keys,
                new_key_file(name, role, own.coordinator_curve_public, own.coordinator_verifier));
  // The file comes first: a registered key whose secret is lost would block the name.
  GWAGEO_TRY(write_key_file(path, keys));
  Json body;
  body["name"] = name;
  body["role"] = to_string(role);
  if (const auto team = arguments.text("team")) body["team"] = *team;
  body["curve_key"] = hex_of_key(keys.curve.public_key.bytes);
  body["sign_key"] = hex_of_key(keys.signing.verifying.bytes);
  const Result<VerbAnswer> added = client.call("keys.add", std::move(body));
  if (!added) {
    std::filesystem::remove(path, error);
    return tl::unexpected(added.error());
  }
  if (arguments.json()) {
    Json document;
    document["principal"] = name;
    document["role"] = to_string(role);
    document["file"] = path;
    print(document);
  } else {
    say("key of " + name + " (" + std::string(to_string(role)) + "): " + path +
        "\nGive it to its owner by a safe way; with it, --coordinator " +
        client.connection().endpoint + " --key FILE is all they need.\n");
  }
  return exit_code::done;
}

namespace {

/// Where the new key file of a rotation belongs, and where it lies until the rotation is on record.
struct NewKeyPlace {
  std::string path;
  std::string waiting;
};

Result<NewKeyPlace> place_of(const Invocation& arguments, const std::string& name,
                             const Connection& connection) {
  const std::string own = connection.key.principal == name ? connection.key_path : "";
  const std::string usual =
      own.empty() ? arguments.data_directory() + "/keys/" + name + ".key" : own;
  NewKeyPlace place{arguments.text_or("out", usual), ""};
  place.waiting = place.path + ".next";
  std::error_code error;
  if (arguments.text("out") && std::filesystem::exists(place.path, error)) {
    return fail(ErrorKind::conflict, place.path + ": exists already; keys are not written over");
  }
  if (std::filesystem::exists(place.waiting, error)) {
    return fail(ErrorKind::conflict,
                place.waiting +
                    ": is left of a rotation that nobody knows the end of. If `gwageo "
                    "keys show " +
                    name + "` names the signing key in it, it is the key that counts: move it to " +
                    place.path + "; else remove it");
  }
  return place;
}

/// Who the principal is as a witness until its rotation, as `keys.show` says; empty: it says none.
std::string witness_before(const std::string& name, const Json& known) {
  const std::optional<Digest> key = from_hex(shown(known, "sign_key"));
  if (!key || !is_note_name(name)) return {};
  return to_vkey({name, {key->bytes}, NoteKeyType::cosignature});
}

/// A key whose registration may or may not be on record must not be lost.
Error left_waiting(Error error, const NewKeyPlace& place, bool is_own) {
  const bool is_unknown =
      error.kind == ErrorKind::unavailable || (is_own && error.kind == ErrorKind::not_allowed);
  if (is_unknown) {
    error.message += ". The new key is in " + place.waiting +
                     ", and may count already: " + "try it with --key before you remove it";
    return error;
  }
  std::error_code ignored;
  std::filesystem::remove(place.waiting, ignored);
  return error;
}

}  // namespace

Result<int> verb_keys_rotate(const Invocation& arguments) {
  const std::string name = arguments.text_or("NAME", "");
  GWAGEO_ASSIGN(client, Client::open(arguments));
  const KeyFile& own = client.connection().key;
  Json who;
  who["name"] = name;
  GWAGEO_ASSIGN(known, client.call("keys.show", std::move(who)));
  const std::optional<KeyRole> role = key_role_from(shown(known.body, "role"));
  if (!role) return fail(ErrorKind::corrupt, "keys.show: no role");
  const std::string was = *role == KeyRole::worker ? "" : witness_before(name, known.body);
  GWAGEO_ASSIGN(place, place_of(arguments, name, client.connection()));
  GWAGEO_ASSIGN(keys,
                new_key_file(name, *role, own.coordinator_curve_public, own.coordinator_verifier));
  GWAGEO_TRY(write_key_file(place.waiting, keys));
  Json body;
  body["name"] = name;
  body["curve_key"] = hex_of_key(keys.curve.public_key.bytes);
  body["sign_key"] = hex_of_key(keys.signing.verifying.bytes);
  if (const auto reason = arguments.text("reason")) body["reason"] = *reason;
  const Result<VerbAnswer> rotated = client.call("keys.rotate", std::move(body));
  if (!rotated) {
    return tl::unexpected(left_waiting(rotated.error(), place, own.principal == name));
  }
  GWAGEO_TRY(write_key_file(place.path, keys));
  std::error_code ignored;
  std::filesystem::remove(place.waiting, ignored);
  if (arguments.json()) {
    Json document;
    document["principal"] = name;
    document["role"] = to_string(*role);
    document["file"] = place.path;
    document["was"] = was.empty() ? Json(nullptr) : Json(was);
    print(document);
  } else {
    say("new key of " + name + " (" + std::string(to_string(*role)) + "): " + place.path +
        "\nThe one of before has no effect any more.\n" +
        (was.empty()
             ? ""
             : "Where it was a witness, it goes on with its state by: gwageo witness --was " + was +
                   "\n"));
  }
  return exit_code::done;
}

Result<int> verb_keys_revoke(const Invocation& arguments) {
  Json body;
  body["name"] = arguments.text_or("NAME", "");
  body["reason"] = arguments.text_or("reason", "");
  GWAGEO_ASSIGN(answer, ask(arguments, "keys.revoke", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  const Json* const known = answer.body.find("known");
  const bool was = known != nullptr && *known == Json(true);
  say("the key of " + arguments.text_or("NAME", "") +
      (was ? " was revoked before\n" : " is revoked: it has no effect any more\n"));
  return exit_code::done;
}

Result<int> verb_keys_list(const Invocation& arguments) {
  GWAGEO_ASSIGN(answer, ask(arguments, "keys.list"));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"principal", "role", "team", "state", "since record", "day", "signing key"});
  for (const Json& principal : list(answer.body, "principals")) {
    const Json* const revoked = principal.find("revoked");
    const Json& when = revoked == nullptr ? principal : *revoked;
    table.add({shown(principal, "principal"), shown(principal, "role"), shown(principal, "team"),
               shown(principal, "state"), shown(when, revoked == nullptr ? "since" : "record"),
               shown(when, revoked == nullptr ? "since_day" : "day"),
               shown(principal, "fingerprint")});
  }
  say(table.text());
  return exit_code::done;
}

Result<int> verb_keys_show(const Invocation& arguments) {
  Json body = Json::object();
  if (const auto name = arguments.text("NAME")) body["name"] = *name;
  GWAGEO_ASSIGN(answer, ask(arguments, "keys.show", std::move(body)));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  const Json& principal = answer.body;
  const Json* const revoked = principal.find("revoked");
  std::string text = shown(principal, "principal") + ", " + shown(principal, "role");
  if (!principal.find("team")->is_null()) text += " of team " + shown(principal, "team");
  text += ": " + shown(principal, "state") + "\n";
  if (revoked != nullptr) {
    text += "revoked at record " + shown(*revoked, "record") + " by " + shown(*revoked, "by") +
            ": " + shown(*revoked, "reason") + "\n";
  }
  TextTable table({"signing key", "from record", "until"});
  for (const Json& keys : list(principal, "former")) {
    table.add({shown(keys, "sign_key"), shown(keys, "since"), shown(keys, "until")});
  }
  table.add({shown(principal, "sign_key"), shown(principal, "since"),
             revoked == nullptr ? "-" : shown(*revoked, "record")});
  say(text + table.text());
  return exit_code::done;
}

}  // namespace gwageo
