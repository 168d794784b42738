// gwageo journal: the record, a line a decision.
#include <chrono>
#include <thread>

#include "coordinator/fact_codec.h"
#include "coordinator/fact_json.h"
#include "ops/client.h"
#include "ops/output.h"
#include "ops/verbs.h"
#include "protocol/bytes.h"

namespace gwageo {
namespace {

constexpr auto journal_looked_at_every = std::chrono::milliseconds(500);

std::string line_of_record(const Json& record) {
  std::string line =
      shown(record, "sequence") + "  " + shown(record, "wall") + "  " + shown(record, "kind");
  for (const auto& [key, value] : members(member(record, "fact"))) {
    line += "  " + key + "=" + (value.is_string() ? value.as_string() : value.dump());
  }
  return line + "\n";
}

/// The records of one page of the verb `journal`, as JSON.
Result<Json::Array> records_of_page(const VerbAnswer& page) {
  Json::Array records;
  if (page.attachments.empty()) return fail(ErrorKind::corrupt, "a page of the journal is missing");
  const std::string all = page.page();
  ByteReader in(all);
  while (in.ok() && in.left() > 0) {
    const std::string_view bytes = in.text();
    if (!in.ok()) break;
    GWAGEO_ASSIGN(record, decode_record(bytes));
    records.push_back(to_json(record));
  }
  if (!in.ok()) return fail(ErrorKind::corrupt, "a page of the journal is cut short");
  return records;
}

}  // namespace

Result<int> verb_journal(const Invocation& arguments) {
  const bool follows = arguments.has("follow");
  GWAGEO_ASSIGN(next, arguments.whole_or("from", 0, 0, INT64_MAX));
  GWAGEO_ASSIGN(client, Client::open(arguments));
  Json all = Json::array();
  for (;;) {
    Json body;
    body["from"] = next;
    GWAGEO_ASSIGN(page, client.call("journal", std::move(body)));
    GWAGEO_ASSIGN(records, records_of_page(page));
    next = std::max(next, number(page.body, "next"));
    for (Json& record : records) {
      if (!arguments.json()) {
        say(line_of_record(record));
      } else if (follows) {
        print(record);
      } else {
        all.push_back(std::move(record));
      }
    }
    if (!records.empty()) continue;
    if (!follows) break;
    std::this_thread::sleep_for(journal_looked_at_every);
  }
  if (arguments.json()) print(all);
  return exit_code::done;
}

}  // namespace gwageo
