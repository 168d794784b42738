#include "coordinator/item_proof.h"

#include <algorithm>
#include <optional>

#include "coordinator/fact_codec.h"
#include "coordinator/members.h"
#include "protocol/limits.h"
#include "protocol/merkle_proof.h"
#include "protocol/signature.h"
#include "protocol/transparency/lines.h"

namespace gwageo {
namespace {

constexpr char format_name[] = "gwageo-item-proof 1";

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(ErrorKind::bad_input, "proof: " + what);
}

std::optional<Outcome> outcome_from(const std::string& text) {
  for (std::size_t i = 0; i < outcome_count; ++i) {
    if (to_string(static_cast<Outcome>(i)) == text) return static_cast<Outcome>(i);
  }
  return std::nullopt;
}

/// A member that is a list of at most `most` values.
Result<Json::Array> list_in(const Json& object, const char* name, std::size_t most) {
  const Json* const found = object.find(name);
  if (found == nullptr || !found->is_array() || found->as_array().size() > most) {
    return malformed("`" + std::string(name) + "` is no list of at most " + std::to_string(most));
  }
  return found->as_array();
}

Status read_results(const Json& json, ItemProof& proof) {
  GWAGEO_ASSIGN(results, list_in(json, "requests", limits::requests_of_item_max));
  for (const Json& one : results) {
    Members in(one);
    const std::optional<Outcome> outcome = outcome_from(in.text("outcome"));
    const Digest response = in.digest("response");
    GWAGEO_TRY(in.status());
    if (!outcome) return malformed("`outcome` is none");
    proof.results.push_back({*outcome, response});
  }
  return {};
}

Status read_path(const Json& json, ItemProof& proof) {
  GWAGEO_ASSIGN(path, list_in(json, "path", proof_hashes_max));
  for (const Json& one : path) {
    const auto hash = one.is_string() ? parse_hash(one.as_string()) : std::nullopt;
    if (!hash) return malformed("`path` has a member that is no hash");
    proof.path.push_back(*hash);
  }
  return {};
}

}  // namespace

std::optional<RankInRanges> rank_in(const std::vector<Range>& ranges, std::uint64_t index) {
  std::optional<RankInRanges> found;
  std::uint64_t before = 0;
  for (const Range& range : ranges) {
    if (range.begin <= index && index < range.end) {
      found = RankInRanges{before + (index - range.begin), 0};
    }
    before += range.end - range.begin;
  }
  if (found) found->size = before;
  return found;
}

Json lower_half(const ItemProof& proof) {
  Json json;
  json["format"] = format_name;
  json["index"] = proof.index;
  json["item"] = to_hex(proof.item);
  json["repeat"] = proof.repeat;
  Json requests = Json::array();
  for (const RequestResult& result : proof.results) {
    Json one;
    one["outcome"] = std::string(to_string(result.outcome));
    one["response"] = to_hex(result.response);
    requests.push_back(std::move(one));
  }
  json["requests"] = std::move(requests);
  Json path = Json::array();
  for (const Digest& hash : proof.path) path.push_back(to_base64(hash.view()));
  json["path"] = std::move(path);
  json["record"] = to_base64(proof.record);
  return json;
}

Result<ItemProof> parse_lower_half(const Json& json) {
  if (!json.is_object()) return malformed("`extra` is no JSON object");
  ItemProof proof;
  Members in(json);
  const std::string format = in.text("format");
  const std::int64_t index = in.integer("index");
  proof.item = in.digest("item");
  const std::int64_t repeat = in.integer("repeat");
  const std::optional<std::string> record = from_base64(in.text("record"));
  if (format != format_name)
    return malformed("`format` is not \"" + std::string(format_name) + "\"");
  if (index < 0) return malformed("`index` is no plan index");
  if (repeat < 0 || repeat > UINT32_MAX) return malformed("`repeat` is none");
  if (!record) return malformed("`record` is no base64");
  GWAGEO_TRY(read_results(json, proof));
  GWAGEO_TRY(read_path(json, proof));
  proof.index = static_cast<std::uint64_t>(index);
  proof.repeat = static_cast<std::uint32_t>(repeat);
  proof.record = *record;
  return proof;
}

std::string to_text(const ItemProof& proof) {
  LogProof log = proof.log;
  log.extra = lower_half(proof).dump();
  return to_text(log);
}

Result<ItemProof> parse_item_proof(std::string_view text) {
  GWAGEO_ASSIGN(log, parse_log_proof(text));
  if (!log.extra) return malformed("there is no line `extra`, which says of what item it is");
  const Result<Json> json = Json::parse(*log.extra);
  if (!json) return malformed("`extra` is no JSON object");
  GWAGEO_ASSIGN(proof, parse_lower_half(*json));
  proof.log = std::move(log);
  // One text for one proof: nothing in it that says nothing.
  if (to_text(proof) != text) return malformed("it is not written as proofs are written");
  return proof;
}

Result<ProvenItem> check_item_proof(const ItemProof& proof, std::uint64_t size,
                                    const Digest& root) {
  GWAGEO_TRY(
      check_inclusion(proof.log.index, size, merkle_leaf(proof.record), proof.log.path, root));
  GWAGEO_ASSIGN(record, decode_record(proof.record));
  const auto* const recorded = std::get_if<ResultsRecorded>(&record.fact);
  if (recorded == nullptr || record.sequence != proof.log.index) {
    return fail(ErrorKind::corrupt, "record " + std::to_string(proof.log.index) + " is of kind " +
                                        std::string(kind_of(record.fact)) + " and number " +
                                        std::to_string(record.sequence) +
                                        ": no record of results there");
  }
  const std::optional<RankInRanges> place = rank_in(recorded->ranges, proof.index);
  if (!place) {
    return fail(ErrorKind::corrupt, "record " + std::to_string(record.sequence) +
                                        " has no results of item " + std::to_string(proof.index));
  }
  const Digest leaf = results_leaf(proof.index, proof.item, proof.repeat, proof.results);
  const Status in_record =
      check_inclusion(place->rank, place->size, leaf, proof.path, recorded->records_root);
  if (!in_record) {
    return fail(
        "item " + std::to_string(proof.index) + " in record " + std::to_string(record.sequence),
        in_record.error());
  }
  return ProvenItem{recorded->job, recorded->lease, record.sequence};
}

}  // namespace gwageo
