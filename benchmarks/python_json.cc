#include "benchmarks/python_json.h"

#include <cmath>
#include <cstdint>

#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

class PythonJsonWriter {
 public:
  explicit PythonJsonWriter(int indent) : indent_(indent) {}

  void value(const Json& value, int depth) {
    if (value.is_null()) {
      out_ += "null";
    } else if (value.is_bool()) {
      out_ += value.as_bool() ? "true" : "false";
    } else if (value.is_integer()) {
      out_ += std::to_string(value.as_integer());
    } else if (value.is_number()) {
      number(value.as_double());
    } else if (value.is_string()) {
      quoted(value.as_string());
    } else if (value.is_array()) {
      array(value.as_array(), depth);
    } else {
      object(value.as_object(), depth);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void number(double value) {
    if (std::isnan(value)) {
      out_ += "NaN";
    } else if (std::isinf(value)) {
      out_ += value > 0 ? "Infinity" : "-Infinity";
    } else {
      out_ += python_number(value);
    }
  }

  void quoted(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    out_ += '"';
    for (const char c : text) {
      switch (c) {
        case '"': out_ += "\\\""; break;
        case '\\': out_ += "\\\\"; break;
        case '\n': out_ += "\\n"; break;
        case '\r': out_ += "\\r"; break;
        case '\t': out_ += "\\t"; break;
        case '\f': out_ += "\\f"; break;
        case '\b': out_ += "\\b"; break;
        default:
          if (static_cast<unsigned char>(c) >= 0x20) {
            out_ += c;
            break;
          }
          out_ += "\\u00";
          out_ += digits[c >> 4];
          out_ += digits[c & 15];
      }
    }
    out_ += '"';
  }

  // What stands before the part of that index, in a value of that depth.
  void separate(std::size_t index, int depth) {
    if (index > 0) out_ += indent_ > 0 ? "," : ", ";
    new_line(depth + 1);
  }

  void new_line(int depth) {
    if (indent_ == 0) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(indent_) * static_cast<std::size_t>(depth), ' ');
  }

  void array(const Json::Array& elements, int depth) {
    out_ += '[';
    for (std::size_t i = 0; i < elements.size(); ++i) {
      separate(i, depth);
      value(elements[i], depth + 1);
    }
    if (!elements.empty()) new_line(depth);
    out_ += ']';
  }

  void object(const Json::Object& members, int depth) {
    out_ += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      separate(i, depth);
      quoted(members[i].first);
      out_ += ": ";
      value(members[i].second, depth + 1);
    }
    if (!members.empty()) new_line(depth);
    out_ += '}';
  }

  int indent_;
  std::string out_;
};

}  // namespace

std::string python_json(const Json& value, int indent) {
  PythonJsonWriter writer(indent);
  writer.value(value, 0);
  return writer.take();
}

}  // namespace gwageo
