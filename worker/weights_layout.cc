#include "worker/weights_layout.h"

#include <algorithm>
#include <utility>

#include "protocol/bytes.h"
#include "protocol/check.h"
#include "protocol/sha256_states.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

constexpr std::size_t layout_name_bytes_max = 255;
constexpr std::uint32_t layout_format = 1;

bool is_base_name(const std::string& name) {
  return !name.empty() && name.size() <= layout_name_bytes_max && name != "." && name != ".." &&
         name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

std::uint64_t pieces_of(std::uint64_t size, std::uint32_t piece_bytes) {
  return size == 0 ? 1 : (size - 1) / piece_bytes + 1;
}

tl::unexpected<Error> bad_layout(const std::string& what) {
  return fail(ErrorKind::bad_input, "the layout of a model's files: " + what);
}

// What a proof's signature is over.
std::string signed_text(const PieceProof& proof, const Digest& model, const WeightsLayout& layout) {
  ByteWriter text;
  text.text("gwageo weights piece 1");
  text.digest(model);
  text.digest(sha256(layout.encode()));
  text.u32(proof.index);
  text.digest(proof.before);
  text.digest(proof.after);
  return text.take();
}

}  // namespace

Result<WeightsLayout> WeightsLayout::make(std::vector<WeightsFile> files, bool is_folder,
                                          std::uint32_t piece_bytes) {
  if (piece_bytes == 0 || piece_bytes % sha256_block_bytes != 0 ||
      piece_bytes > weights_piece_bytes_max) {
    return bad_layout("pieces of " + std::to_string(piece_bytes) + " bytes");
  }
  if (files.empty() || files.size() > weights_files_max || (!is_folder && files.size() > 1)) {
    return bad_layout(std::to_string(files.size()) + " files");
  }
  WeightsLayout layout;
  std::uint64_t pieces = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const WeightsFile& file = files[i];
    if (!is_base_name(file.name)) return bad_layout("file " + std::to_string(i) + " has no name");
    if (i > 0 && files[i - 1].name >= file.name) return bad_layout(file.name + ": out of order");
    const std::uint64_t more = pieces_of(file.size, piece_bytes);
    if (more > weights_pieces_max || pieces + more > weights_pieces_max) {
      return bad_layout(file.name + ": too large");
    }
    layout.first_.push_back(static_cast<std::uint32_t>(pieces));
    pieces += more;
    layout.bytes_ += file.size;
  }
  layout.files_ = std::move(files);
  layout.is_folder_ = is_folder;
  layout.piece_bytes_ = piece_bytes;
  layout.pieces_ = static_cast<std::uint32_t>(pieces);
  return layout;
}

std::string WeightsLayout::encode() const {
  ByteWriter out;
  out.u32(layout_format);
  out.u8(is_folder_ ? 1 : 0);
  out.u32(piece_bytes_);
  out.u32(static_cast<std::uint32_t>(files_.size()));
  for (const WeightsFile& file : files_) {
    out.text(file.name);
    out.u64(file.size);
  }
  return out.take();
}

Result<WeightsLayout> WeightsLayout::decode(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u32() != layout_format) return bad_layout("not of format 1");
  const std::uint8_t folder = in.u8();
  const std::uint32_t piece_bytes = in.u32();
  const std::uint32_t count = in.u32();
  if (!in.ok() || folder > 1 || count > weights_files_max) return bad_layout("damaged");
  std::vector<WeightsFile> files;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    std::string name(in.text());
    files.push_back({std::move(name), in.u64()});
  }
  if (!in.done()) return bad_layout("damaged");
  return make(std::move(files), folder == 1, piece_bytes);
}

WeightsPiece WeightsLayout::piece(std::uint32_t index) const {
  GWAGEO_CHECK(index < pieces_);
  const auto after = std::ranges::upper_bound(first_, index);
  WeightsPiece piece;
  piece.file = static_cast<std::size_t>(after - first_.begin()) - 1;
  piece.offset = std::uint64_t{index - first_[piece.file]} * piece_bytes_;
  const std::uint64_t left = files_[piece.file].size - piece.offset;
  piece.last = left <= piece_bytes_;
  piece.size = piece.last ? static_cast<std::uint32_t>(left) : piece_bytes_;
  return piece;
}

std::string encode(const PieceProof& proof) {
  ByteWriter out;
  out.u32(proof.index);
  out.digest(proof.before);
  out.digest(proof.after);
  out.raw({reinterpret_cast<const char*>(proof.reader.bytes.data()), proof.reader.bytes.size()});
  out.raw(
      {reinterpret_cast<const char*>(proof.signature.bytes.data()), proof.signature.bytes.size()});
  return out.take();
}

PieceProof decode_piece_proof(std::string_view bytes) {
  GWAGEO_CHECK(bytes.size() == piece_proof_bytes);
  ByteReader in(bytes);
  PieceProof proof;
  proof.index = in.u32();
  proof.before = in.digest();
  proof.after = in.digest();
  proof.reader.bytes = in.digest().bytes;
  const std::string_view rest = bytes.substr(piece_proof_bytes - proof.signature.bytes.size());
  std::ranges::copy(rest, reinterpret_cast<char*>(proof.signature.bytes.data()));
  return proof;
}

Digest state_after(const WeightsLayout& layout, std::uint32_t index, const Digest& before,
                   std::string_view bytes) {
  const WeightsPiece piece = layout.piece(index);
  GWAGEO_CHECK(bytes.size() == piece.size);
  return piece.last ? sha256_end(before, piece.offset, bytes) : sha256_advance(before, bytes);
}

PieceProof sign_piece(const Digest& model, const WeightsLayout& layout, std::uint32_t index,
                      const Digest& before, const Digest& after, const KeyPair& key) {
  PieceProof proof{index, before, after, key.verifying, {}};
  proof.signature = sign(signed_text(proof, model, layout), key.signing);
  return proof;
}

bool is_signed(const PieceProof& proof, const Digest& model, const WeightsLayout& layout) {
  return verify(signed_text(proof, model, layout), proof.signature, proof.reader);
}

Result<Digest> model_digest_of(const WeightsLayout& layout, const std::vector<PieceProof>& proofs) {
  GWAGEO_CHECK(proofs.size() == layout.pieces());
  std::vector<ModelFile> files;
  Digest state = sha256_start();
  for (std::uint32_t i = 0; i < layout.pieces(); ++i) {
    const WeightsPiece piece = layout.piece(i);
    const WeightsFile& file = layout.files()[piece.file];
    if (proofs[i].index != i || proofs[i].before != state) {
      return fail(ErrorKind::corrupt,
                  file.name + ": its pieces are not of one file (piece " + std::to_string(i) + ")");
    }
    state = proofs[i].after;
    if (!piece.last) continue;
    files.push_back({file.name, {}, file.size, state});
    state = sha256_start();
  }
  return digest_of(files);
}

}  // namespace gwageo
