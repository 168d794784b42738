#include <isa-l/igzip_lib.h>

#include <algorithm>

#include "protocol/decompress.h"

namespace gwageo {
namespace {

constexpr std::size_t gunzip_step_bytes = 256u << 10;

enum class Wrapping { gzip, none };

class Inflate final : public Decompressor {
 public:
  explicit Inflate(Wrapping wrapping) : wrapping_(wrapping) { begin(); }

  Status add(std::string_view bytes, std::string& out) override {
    const std::size_t before = out.size();
    while (!bytes.empty()) {
      if (state_.block_state == ISAL_BLOCK_FINISH) {
        if (wrapping_ == Wrapping::none) {
          return fail(ErrorKind::bad_input, "there are bytes after the compressed data");
        }
        begin();  // Another member follows.
      }
      started_ = true;
      state_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(bytes.data()));
      state_.avail_in = static_cast<std::uint32_t>(std::min(bytes.size(), gunzip_step_bytes));
      const std::uint32_t given = state_.avail_in;
      do {
        const std::size_t at = out.size();
        if (at - before >= grown_max) {
          return fail(ErrorKind::bad_input, "the compressed text grows beyond all measure");
        }
        out.resize(at + gunzip_step_bytes);
        state_.next_out = reinterpret_cast<std::uint8_t*>(out.data() + at);
        state_.avail_out = gunzip_step_bytes;
        const int result = isal_inflate(&state_);
        out.resize(at + gunzip_step_bytes - state_.avail_out);
        if (result != ISAL_DECOMP_OK) {
          return fail(ErrorKind::bad_input, std::string("damaged ") +
                                                (wrapping_ == Wrapping::gzip ? "gzip" : "deflate") +
                                                " data (code " + std::to_string(result) + ")");
        }
      } while (state_.block_state != ISAL_BLOCK_FINISH && state_.avail_out == 0);
      bytes.remove_prefix(given - state_.avail_in);
    }
    return {};
  }

  bool may_begin_with(std::string_view bytes) const override {
    if (wrapping_ == Wrapping::none) return true;
    return  // RFC 1952, section 2.3.1.
        bytes.substr(0, 2) == std::string_view("\x1F\x8B").substr(0, bytes.size());
  }

  bool is_whole() const override {
    const bool may_be_empty = wrapping_ == Wrapping::gzip && !started_;
    return may_be_empty || state_.block_state == ISAL_BLOCK_FINISH;
  }

 private:
  void begin() {
    isal_inflate_init(&state_);
    // With ISAL_GZIP header, trailer and checksum are read and checked.
    state_.crc_flag = wrapping_ == Wrapping::gzip ? ISAL_GZIP : ISAL_DEFLATE;
  }

  Wrapping wrapping_;
  inflate_state state_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> make_gunzip() { return std::make_unique<Inflate>(Wrapping::gzip); }

std::unique_ptr<Decompressor> make_inflate() { return std::make_unique<Inflate>(Wrapping::none); }

}  // namespace gwageo
