// What `audit verify --json` prints.
#include <utility>

#include "ops/verification.h"

namespace gwageo {

Json to_json(const Verification& verification) {
  Json json;
  json["ok"] = verification.ok;
  json["size"] = verification.size;
  json["root"] = to_hex(verification.root);
  json["first_bad"] = verification.first_bad ? Json(*verification.first_bad) : Json(nullptr);
  json["reason"] = verification.reason;
  json["signed_size"] = verification.signed_size ? Json(*verification.signed_size) : Json(nullptr);
  const std::optional<std::uint64_t> unsigned_records = verification.unsigned_records();
  json["unsigned"] = unsigned_records ? Json(*unsigned_records) : Json(nullptr);
  json["signer"] = verification.signer.empty() ? Json(nullptr) : Json(verification.signer);
  if (verification.cosigned_size) {
    json["cosigned_size"] = *verification.cosigned_size;
    json["witnesses"] = Json::array();
    for (const std::string& name : verification.witnesses) json["witnesses"].push_back(name);
  }
  json["held"] = verification.held;
  json["witness_files"] = verification.witnessed;
  json["tiles"] = verification.tiles;
  json["result_blocks"] = verification.blocks;
  json["result_blocks_lost"] = verification.lost;
  json["blobs"] = verification.blobs;
  json["checks"] = Json::Object{{"drawn", verification.checks.drawn},
                                {"asked", verification.checks.asked},
                                {"of_one_key", verification.hands.checks_of_one_key()}};
  json["audits_by_name"] = verification.hands.audits_by_name();
  const StatementCounts& counts = verification.statements;
  Json statements =
      Json::Object{{"checked", counts.checked}, {"not_at_hand", counts.away},
                   {"without", counts.without}, {"batches", counts.batches},
                   {"results", counts.results}, {"results_unsigned", counts.unsigned_}};
  statements["first_unsigned"] =
      counts.first_unsigned ? Json(*counts.first_unsigned) : Json(nullptr);
  json["statements"] = std::move(statements);
  return json;
}

}  // namespace gwageo
