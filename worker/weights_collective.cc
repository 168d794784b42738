#include "worker/weights_collective.h"

#include <algorithm>
#include <cstring>
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
                         const WeightsEntry* whole, const WeightsCache& cache) {
  const bool is_root = group.rank() == root;
  GWAGEO_CHECK(is_root == (whole != nullptr));
  std::string message = is_root ? whole->layout().encode() : "";
  GWAGEO_TRY(broadcast_bytes(group, root, message, weights_layout_bytes_max));
  GWAGEO_ASSIGN(layout, WeightsLayout::decode(message));
  const std::size_t message_max = piece_proof_bytes + layout.piece_bytes();
  Status own;
  std::unique_ptr<WeightsEntry> entry;
  if (!is_root) {
    Result<std::unique_ptr<WeightsEntry>> begun = cache.begin(model, layout);
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
  if (entry && own) own = cache.finish(*entry);
  if (entry && !own) cache.discard(model);
  return own;
}

}  // namespace gwageo
