#include "worker/openai_native.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "protocol/check.h"
#include "worker/openai_alignment.h"
#include "worker/openai_generation.h"

namespace gwageo {
namespace {

const std::string tokens_field = "meta_info.input_token_logprobs";
const std::string tops_field = "meta_info.input_top_logprobs";

Json body_from(std::size_t start) {
  Json sampling = Json::object();
  sampling["max_new_tokens"] = 0;
  sampling["temperature"] = 0;
  Json body = Json::object();
  body["sampling_params"] = std::move(sampling);
  body["return_logprob"] = true;
  body["logprob_start_len"] = start;
  body["top_logprobs_num"] = 1;
  return body;
}

const Json::Array* list_in(const Json& answer, std::string_view key) {
  const Json* const info = answer.find("meta_info");
  const Json* const list = info == nullptr ? nullptr : info->find(key);
  return list != nullptr && list->is_array() ? &list->as_array() : nullptr;
}

// [number, id, text], the number null where there is none.
struct Entry {
  std::optional<double> number;
  std::uint32_t id = 0;
};

std::optional<Entry> entry_of(const Json& json) {
  if (!json.is_array() || json.as_array().size() < 2) return std::nullopt;
  const Json& number = json.as_array()[0];
  const Json& id = json.as_array()[1];
  if (!id.is_integer() || id.as_integer() < 0 ||
      id.as_integer() > std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  Entry entry;
  entry.id = static_cast<std::uint32_t>(id.as_integer());
  if (number.is_number()) entry.number = number.as_double();
  return entry;
}

// The largest of one position's best; nothing where there is none.
std::optional<double> largest_of(const Json& best) {
  std::optional<double> largest;
  if (!best.is_array()) return largest;
  for (const Json& each : best.as_array()) {
    const std::optional<Entry> entry = entry_of(each);
    if (!entry || !entry->number) return std::nullopt;
    largest = std::max(largest.value_or(*entry->number), *entry->number);
  }
  return largest;
}

Response failed_count(const std::string& field, std::size_t found, std::size_t wanted) {
  return failed_response(field + " has " + std::to_string(found) + " entries, not " +
                         std::to_string(wanted) + " as were asked for");
}

}  // namespace

Json native_body(const std::string& text) {
  Json body = body_from(0);
  body["text"] = text;
  return body;
}

Json native_body(const TokenIds& ids, std::size_t start) {
  Json body = body_from(start);
  body["input_ids"] = json_of(ids);
  return body;
}

Response score_native(const TokenIds& ids, std::size_t start, std::size_t first,
                      const Json& answer) {
  GWAGEO_CHECK(start < first && first < ids.size());
  const std::size_t asked = ids.size() - start;
  const Json::Array* const tokens = list_in(answer, "input_token_logprobs");
  if (tokens == nullptr) return failed_response("the server's answer has no " + tokens_field);
  const Json::Array* const tops = list_in(answer, "input_top_logprobs");
  if (tops == nullptr) return failed_response("the server's answer has no " + tops_field);
  if (tokens->size() != asked) return failed_count(tokens_field, tokens->size(), asked);
  if (tops->size() != asked) return failed_count(tops_field, tops->size(), asked);
  Response response;
  response.greedy = true;
  for (std::size_t i = first - start; i < asked; ++i) {
    const std::optional<Entry> entry = entry_of((*tokens)[i]);
    if (!entry || entry->id != ids[start + i]) {
      return failed_response(place_in(tokens_field, i) + " is not about token " +
                             std::to_string(ids[start + i]) + ", which was asked for");
    }
    if (!entry->number || *entry->number > above_zero_max) {
      return failed_response(place_in(tokens_field, i) + " is no log-probability");
    }
    const std::optional<double> largest = largest_of((*tops)[i]);
    if (!largest) return failed_response(place_in(tops_field, i) + " is empty");
    response.log_probability += *entry->number;
    response.greedy = response.greedy && *entry->number >= *largest;
    ++response.tokens;
  }
  return response;
}

Result<TokenIds> read_native_tokens(const Json& answer) {
  const Json::Array* const tokens = list_in(answer, "input_token_logprobs");
  if (tokens == nullptr) {
    return fail(ErrorKind::bad_input, "the answer of /generate has no " + tokens_field);
  }
  TokenIds ids;
  for (const Json& each : *tokens) {
    const std::optional<Entry> entry = entry_of(each);
    if (!entry) {
      return fail(ErrorKind::bad_input, "the answer of /generate has no token id in " +
                                            place_in(tokens_field, ids.size()));
    }
    ids.push_back(entry->id);
  }
  return ids;
}

}  // namespace gwageo
