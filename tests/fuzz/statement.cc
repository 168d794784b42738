// A signed statement and the record that rests on it, as an archive or a mirror of others holds
// them.
#include "protocol/statement.h"

#include <memory>

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "ops/statements.h"
#include "protocol/check.h"
#include "protocol/digest.h"
#include "tests/coordinator/fact_samples.h"
#include "tests/coordinator/test_keys.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

constexpr char log_name[] = "example.com/log";

CommandStatement statement() {
  return {log_name,
          "op",
          "keys.revoke",
          std::string(nonce_bytes, 'n'),
          {},
          R"({"name":"red","reason":"lost"})"};
}

Record signed_record() {
  const std::string bytes = to_bytes(statement());
  const Statement by_op{"op", sha256(bytes), sign(bytes, testing::signing_key_of("op"))};
  return {2,    Instant{1}, WallTime{1}, sha256("before"), PrincipalRevoked{"red", "lost", "op"},
          by_op};
}

/// A record after those that say whose key counts: whether it is vouched for by a signature of op.
bool is_vouched_for(const Record& record, std::string_view bytes) {
  const std::unique_ptr<Store> store = new_memory_store();
  WriteBatch batch;
  batch.puts.emplace_back(keys::blob(sha256(bytes)), bytes);
  GWAGEO_CHECK(store->write(batch, Sync::no).has_value());
  StatementCheck check(*store, false);
  Record before;
  before.fact = Founded{log_name, "UTC"};
  GWAGEO_CHECK(check.add(before).has_value());
  ++before.sequence;
  before.fact =
      PrincipalRegistered{"op", Role::operator_, "", sha256("op"), testing::sign_key_of("op")};
  GWAGEO_CHECK(check.add(before).has_value());
  return check.add(record).has_value() && check.counts().checked > 0;
}

void run_statement(std::string_view input) {
  const std::vector<std::string_view> parts = parts_of(input, 2);
  const Result<CommandStatement> read = parse_command_statement(parts[0]);
  if (read) GWAGEO_CHECK(to_bytes(*read) == parts[0]);
  if (read) {
    for (const Fact& fact : samples::full_facts()) (void)check_says(*read, fact);
  }
  const Result<Record> record = decode_record(parts[1]);
  if (!record) return;
  if (read) (void)check_says(*read, record->fact);
  // Nobody without op's key makes op say something else.
  if (is_vouched_for(*record, parts[0])) GWAGEO_CHECK(parts[0] == to_bytes(statement()));
}

std::vector<std::string> statement_seeds() {
  GWAGEO_CHECK(is_vouched_for(signed_record(), to_bytes(statement())));
  CommandStatement with_files = statement();
  with_files.attachments = {sha256("a"), sha256("b")};
  with_files.verb = "suite.add";
  return {to_bytes(statement()) + "\n====\n" + encode_record(signed_record()),
          to_bytes(with_files)};
}

}  // namespace

const Target statement_target = {"statement", run_statement, statement_seeds};

}  // namespace gwageo::fuzz
