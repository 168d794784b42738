#include <zstd.h>

#include "protocol/check.h"
#include "protocol/decompress.h"

namespace gwageo {
namespace {

constexpr std::size_t unzstd_step_bytes = 256u << 10;
constexpr int window_log_max = 27;  // 128 MiB, what `zstd -d` takes without being told.

class Unzstd final : public Decompressor {
 public:
  Unzstd() : stream_(ZSTD_createDCtx()) {
    GWAGEO_CHECK(stream_ != nullptr);
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, window_log_max);
  }
  ~Unzstd() override { ZSTD_freeDCtx(stream_); }
  Unzstd(const Unzstd&) = delete;
  Unzstd& operator=(const Unzstd&) = delete;

  Status add(std::string_view bytes, std::string& out) override {
    const std::size_t before = out.size();
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    bool has_more = false;
    while (input.pos < input.size || has_more) {
      const std::size_t at = out.size();
      if (at - before >= grown_max) {
        return fail(ErrorKind::bad_input, "the compressed text grows beyond all measure");
      }
      out.resize(at + unzstd_step_bytes);
      ZSTD_outBuffer output{out.data() + at, unzstd_step_bytes, 0};
      const std::size_t left = ZSTD_decompressStream(stream_, &output, &input);
      out.resize(at + output.pos);
      if (ZSTD_isError(left) != 0) {
        return fail(ErrorKind::bad_input,
                    std::string("damaged Zstandard data: ") + ZSTD_getErrorName(left));
      }
      is_whole_ = left == 0;
      has_more = output.pos == output.size && !is_whole_;
    }
    return {};
  }

  // RFC 8878, sections 3.1.1 and 3.1.2: a frame, or one that is to be skipped.
  bool may_begin_with(std::string_view bytes) const override {
    const std::string_view begin = bytes.substr(0, 4);
    if (begin == std::string_view("\x28\xB5\x2F\xFD").substr(0, begin.size())) return true;
    return (static_cast<unsigned char>(begin.front()) & 0xF0u) == 0x50u &&
           begin.substr(1) == std::string_view("\x2A\x4D\x18").substr(0, begin.size() - 1);
  }

  bool is_whole() const override { return is_whole_; }

 private:
  ZSTD_DCtx* stream_;
  bool is_whole_ = true;
};

}  // namespace

std::unique_ptr<Decompressor> make_unzstd() { return std::make_unique<Unzstd>(); }

}  // namespace gwageo
