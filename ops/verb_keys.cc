// gwageo keys new | list.
#include <filesystem>

#include "ops/client.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/verbs.h"
#include "protocol/zap_handler.h"

namespace gwageo {
namespace {

std::string hex_of(const std::array<std::uint8_t, 32>& bytes) { return to_hex(Digest{bytes}); }

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
  body["curve_key"] = hex_of(keys.curve.public_key.bytes);
  body["sign_key"] = hex_of(keys.signing.verifying.bytes);
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

Result<int> verb_keys_list(const Invocation& arguments) {
  GWAGEO_ASSIGN(answer, ask(arguments, "keys.list"));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"principal", "role", "team", "signing key"});
  for (const Json& principal : list(answer.body, "principals")) {
    table.add({shown(principal, "principal"), shown(principal, "role"), shown(principal, "team"),
               shown(principal, "sign_key").substr(0, 16)});
  }
  say(table.text());
  return exit_code::done;
}

}  // namespace gwageo
