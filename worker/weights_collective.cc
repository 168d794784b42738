#include "worker/weights_collective.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/check.h"

namespace gwageo {
namespace {

// Numbers are moved as bits, so any bytes may travel as numbers.
std::vector<float> as_numbers(std::string_view bytes) {
  std::vector<float> numbers((bytes.size() + sizeof(float) - 1) / sizeof(float));
  if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

// The root's part of a piece: its proof and its bytes.
Status read_piece(const WeightsEntry& whole, std::uint32_t index, std::string& message) {
  std::string bytes;
  GWAGEO_TRY(whole.read(index, bytes));
  message = encode(whole.proof(index).value()) + bytes;
  return {};
}

Status take_piece(WeightsEntry& entry, std::uint32_t index, const std::string& message) {
  const auto wrong = [&] {
    return fail(ErrorKind::corrupt, "piece " + std::to_string(index) + " of model " +
                                        to_hex(entry.model()) + " arrived damaged");
  };
  if (message.size() < piece_proof_bytes) return wrong();
  const std::string_view all = message;
  const PieceProof proof = decode_piece_proof(all.substr(0, piece_proof_bytes));
  const std::string_view bytes = all.substr(piece_proof_bytes);
  if (proof.index != index || !holds(proof, entry.layout(), bytes)) return wrong();
  return entry.add(proof, bytes);
}

}  // namespace

Status broadcast_bytes(Collective& group, int root, std::string& bytes, std::size_t bytes_max) {
  const auto said = static_cast<std::uint64_t>(bytes.size());
  char raw[sizeof said];
  std::memcpy(raw, &said, sizeof said);
  std::vector<float> size = as_numbers({raw, sizeof raw});
  GWAGEO_TRY(group.broadcast(size, root));
  std::uint64_t count = 0;
  std::memcpy(&count, size.data(), sizeof count);
  if (count > bytes_max) {
    return fail(ErrorKind::corrupt, "a broadcast of " + std::to_string(count) + " bytes, where " +
                                        std::to_string(bytes_max) + " are the most");
  }
  bytes.resize(count);
  std::vector<float> numbers = as_numbers(bytes);
  if (numbers.empty()) return {};
  GWAGEO_TRY(group.broadcast(numbers, root));
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return {};
}

Status broadcast_weights(Collective& group, int root, const Digest& model,
                         const WeightsEntry* whole, const WeightsCache* cache) {
  const bool is_root = group.rank() == root;
  GWAGEO_CHECK(is_root == (whole != nullptr));
  std::string message = is_root ? whole->layout().encode() : "";
  GWAGEO_TRY(broadcast_bytes(group, root, message, weights_layout_bytes_max));
  GWAGEO_ASSIGN(layout, WeightsLayout::decode(message));
  const std::size_t message_max = piece_proof_bytes + layout.piece_bytes();
  Status own;
  std::unique_ptr<WeightsEntry> entry;
  if (!is_root && cache != nullptr) {
    Result<std::unique_ptr<WeightsEntry>> begun = cache->begin(model, layout);
    if (begun) entry = *std::move(begun);
    if (!begun) own = tl::unexpected(begun.error());
  }
  for (std::uint32_t index = 0; index < layout.pieces(); ++index) {
    message.clear();
    // A root that cannot read sends nothing, which is no piece.
    if (is_root && own) own = read_piece(*whole, index, message);
    if (is_root && !own) message.clear();
    GWAGEO_TRY(broadcast_bytes(group, root, message, message_max));
    if (entry && own) own = take_piece(*entry, index, message);
  }
  if (entry && own) own = cache->finish(*entry);
  if (entry && !own) cache->discard(model);
  return own;
}

std::string_view to_string(SpreadEnd end) {
  switch (end) {
    case SpreadEnd::failed: return "failed";
    case SpreadEnd::had: return "had it";
    case SpreadEnd::got: return "got it";
  }
  return "failed";
}

Result<Spread> spread_weights(Collective& group, const Result<Digest>& model,
                              const WeightsCache& cache) {
  const bool is_root = group.rank() == 0;
  std::unique_ptr<WeightsEntry> whole;
  std::string message;
  std::string missing;
  if (is_root && !model) missing = model.error().message;
  if (is_root && model) {
    Result<std::unique_ptr<WeightsEntry>> opened = cache.open_whole(*model);
    if (!opened) missing = opened.error().message;
    if (opened) whole = *std::move(opened);
    if (opened) message = model->view();
  }
  GWAGEO_TRY(broadcast_bytes(group, 0, message, sizeof(Digest)));
  if (message.size() != sizeof(Digest)) {
    return fail(ErrorKind::unavailable,
                is_root ? missing : "rank 0 has no model to give: see there");
  }
  Spread spread;
  std::copy(message.begin(), message.end(), spread.model.bytes.begin());
  const bool had = cache.has(spread.model);
  std::optional<FileLock> claim;
  if (!had) {
    Result<FileLock> claimed = cache.claim(spread.model);
    if (!claimed) spread.own = tl::unexpected(claimed.error());
    if (claimed) claim = *std::move(claimed);
  }
  const Status ended =
      broadcast_weights(group, 0, spread.model, whole.get(), claim ? &cache : nullptr);
  if (spread.own) spread.own = ended;
  const bool went_well = spread.own.has_value();
  const SpreadEnd end = !went_well ? SpreadEnd::failed : had ? SpreadEnd::had : SpreadEnd::got;
  const float own[] = {static_cast<float>(end)};
  std::vector<float> all(static_cast<std::size_t>(group.ranks()));
  GWAGEO_TRY(group.all_gather(own, all));
  for (const float one : all) spread.ranks.push_back(static_cast<SpreadEnd>(one));
  return spread;
}

}  // namespace gwageo
