#include "worker/weights_entry.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <utility>

#include "protocol/check.h"
#include "protocol/sha256_states.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

// Written beside, so that a layout is there whole or not at all. What it describes is made durable
// later, with everything.
Status write_whole(const std::string& path, std::string_view bytes) {
  const std::string beside = path + ".new";
  GWAGEO_ASSIGN(file, open_file(beside, O_WRONLY | O_CREAT | O_TRUNC));
  GWAGEO_TRY(write_at(file.number(), 0, bytes, beside));
  if (::rename(beside.c_str(), path.c_str()) != 0) return system_error_at(path, "rename", errno);
  return {};
}

// Takes the space of a file, so that a full disk shows before anything is fetched.
Status take_space(int file, std::uint64_t size, const std::string& path) {
  if (size == 0) return {};
  const int error = ::posix_fallocate(file, 0, static_cast<off_t>(size));
  if (error != 0) return system_error_at(path, "take space for " + std::to_string(size), error);
  return {};
}

}  // namespace

bool holds(const PieceProof& proof, const WeightsLayout& layout, std::string_view bytes) {
  if (proof.index >= layout.pieces()) return false;
  const WeightsPiece piece = layout.piece(proof.index);
  if (bytes.size() != piece.size) return false;
  if (piece.offset == 0 && proof.before != sha256_start()) return false;
  return state_after(layout, proof.index, proof.before, bytes) == proof.after;
}

std::string WeightsEntry::path_of(std::size_t file) const {
  return folder_ + "/files/" + layout_.files()[file].name;
}

Status WeightsEntry::open_files(int flags) {
  for (std::size_t i = 0; i < layout_.files().size(); ++i) {
    GWAGEO_ASSIGN(file, open_file(path_of(i), flags | O_NOFOLLOW));
    files_.push_back(std::move(file));
  }
  return {};
}

Result<std::unique_ptr<WeightsEntry>> WeightsEntry::create(const std::string& folder,
                                                           const Digest& model,
                                                           WeightsLayout layout) {
  GWAGEO_TRY(make_folders(folder + "/files"));
  std::unique_ptr<WeightsEntry> entry(new WeightsEntry(folder, model, std::move(layout)));
  GWAGEO_TRY(entry->open_files(O_RDWR | O_CREAT | O_TRUNC));
  for (std::size_t i = 0; i < entry->files_.size(); ++i) {
    GWAGEO_TRY(
        take_space(entry->files_[i].number(), entry->layout_.files()[i].size, entry->path_of(i)));
  }
  GWAGEO_ASSIGN(journal, open_file(folder + "/proofs", O_RDWR | O_CREAT | O_TRUNC));
  entry->journal_ = std::move(journal);
  // Last: what has a layout has its files.
  GWAGEO_TRY(write_whole(folder + "/layout", entry->layout_.encode()));
  return entry;
}

Result<std::unique_ptr<WeightsEntry>> WeightsEntry::open(const std::string& folder,
                                                         const Digest& model, int flags) {
  GWAGEO_ASSIGN(bytes, read_small_file(folder + "/layout", weights_layout_bytes_max));
  GWAGEO_ASSIGN(layout, WeightsLayout::decode(bytes));
  std::unique_ptr<WeightsEntry> entry(new WeightsEntry(folder, model, std::move(layout)));
  GWAGEO_TRY(entry->open_files(flags));
  GWAGEO_ASSIGN(journal, open_file(folder + "/proofs", flags));
  entry->journal_ = std::move(journal);
  return entry;
}

// A file that somebody cut off must not be served, nor wait until an engine reads it.
Status WeightsEntry::check_sizes() const {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const off_t size = ::lseek(files_[i].number(), 0, SEEK_END);
    if (size < 0) return system_error_at(path_of(i), "ask for size", errno);
    if (static_cast<std::uint64_t>(size) == layout_.files()[i].size) continue;
    return fail(ErrorKind::corrupt, path_of(i) + ": has " + std::to_string(size) + " bytes, not " +
                                        std::to_string(layout_.files()[i].size));
  }
  return {};
}

// What was appended, without a last one that was cut off.
Result<std::vector<PieceProof>> WeightsEntry::stored_proofs() const {
  const std::uint64_t bytes_max = std::uint64_t{piece_proof_bytes} * (layout_.pieces() + 1);
  GWAGEO_ASSIGN(bytes, read_small_file(folder_ + "/proofs", bytes_max));
  std::vector<PieceProof> proofs;
  for (std::size_t at = 0; at + piece_proof_bytes <= bytes.size(); at += piece_proof_bytes) {
    proofs.push_back(decode_piece_proof(std::string_view(bytes).substr(at, piece_proof_bytes)));
  }
  return proofs;
}

Result<std::unique_ptr<WeightsEntry>> WeightsEntry::resume(const std::string& folder,
                                                           const Digest& model) {
  GWAGEO_ASSIGN(entry, open(folder, model, O_RDWR));
  GWAGEO_ASSIGN(proofs, entry->stored_proofs());
  std::string kept;
  std::string bytes;
  for (const PieceProof& proof : proofs) {
    if (proof.index >= entry->layout_.pieces() || entry->have_.has(proof.index)) continue;
    if (!entry->read(proof.index, bytes) || !holds(proof, entry->layout_, bytes)) continue;
    if (!is_signed(proof, model, entry->layout_)) continue;
    entry->have_.add(proof.index);
    entry->proofs_[proof.index] = proof;
    kept += encode(proof);
  }
  GWAGEO_TRY(write_whole(folder + "/proofs", kept));
  GWAGEO_ASSIGN(journal, open_file(folder + "/proofs", O_RDWR));
  entry->journal_ = std::move(journal);
  entry->journal_bytes_ = kept.size();
  return entry;
}

Result<std::unique_ptr<WeightsEntry>> WeightsEntry::open_whole(const std::string& folder,
                                                               const Digest& model) {
  GWAGEO_ASSIGN(entry, open(folder, model, O_RDONLY));
  GWAGEO_ASSIGN(proofs, entry->stored_proofs());
  for (const PieceProof& proof : proofs) {
    if (proof.index >= entry->layout_.pieces()) continue;
    entry->have_.add(proof.index);
    entry->proofs_[proof.index] = proof;
  }
  entry->closed_ = true;
  GWAGEO_TRY(entry->check_sizes());
  GWAGEO_TRY(entry->check_whole());
  return entry;
}

PieceSet WeightsEntry::have() const {
  const std::lock_guard lock(mutex_);
  return have_;
}

std::optional<PieceProof> WeightsEntry::proof(std::uint32_t index) const {
  const std::lock_guard lock(mutex_);
  return proofs_.at(index);
}

Status WeightsEntry::add(const PieceProof& proof, std::string_view bytes) {
  const WeightsPiece piece = layout_.piece(proof.index);
  GWAGEO_CHECK(bytes.size() == piece.size);
  GWAGEO_TRY(write_at(files_[piece.file].number(), piece.offset, bytes, path_of(piece.file)));
  const std::string record = encode(proof);
  GWAGEO_TRY(write_at(journal_.number(), journal_bytes_, record, folder_ + "/proofs"));
  journal_bytes_ += record.size();
  {
    const std::lock_guard lock(mutex_);
    have_.add(proof.index);
    proofs_[proof.index] = proof;
  }
  changed_.notify_all();
  return {};
}

Status WeightsEntry::read(std::uint32_t index, std::string& bytes) const {
  const WeightsPiece piece = layout_.piece(index);
  bytes.resize(piece.size);
  return read_at(files_[piece.file].number(), piece.offset, bytes.data(), bytes.size(),
                 path_of(piece.file));
}

void WeightsEntry::wait_for_more(std::uint32_t count, Duration at_most) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::microseconds(at_most.microseconds),
                    [&] { return closed_ || have_.count() > count; });
}

void WeightsEntry::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

bool WeightsEntry::is_closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

Status WeightsEntry::check_whole() const {
  std::vector<PieceProof> proofs;
  {
    const std::lock_guard lock(mutex_);
    for (const std::optional<PieceProof>& each : proofs_) {
      if (!each) return fail(ErrorKind::corrupt, folder_ + ": not all pieces are there");
      proofs.push_back(*each);
    }
  }
  GWAGEO_ASSIGN(digest, model_digest_of(layout_, proofs));
  if (digest == model_) return {};
  return fail(ErrorKind::corrupt, folder_ + ": the files have the model digest " + to_hex(digest) +
                                      ", not " + to_hex(model_));
}

Status WeightsEntry::sync() const {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (::fsync(files_[i].number()) != 0) return system_error_at(path_of(i), "sync", errno);
  }
  for (const char* name : {"/layout", "/proofs", "/files", ""}) {
    GWAGEO_TRY(sync_path(folder_ + name));
  }
  return {};
}

}  // namespace gwageo
