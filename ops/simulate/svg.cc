#include "ops/simulate/svg.h"

#include <cstdio>

namespace gwageo::simulate::svg {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (static_cast<unsigned char>(c) < 0x20)
      out += ' ';
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string number(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string text_at(double x, double y, const std::string& text, const char* anchor, int size) {
  return "<text x=\"" + number(x, 1) + "\" y=\"" + number(y, 1) + "\" font-size=\"" +
         std::to_string(size) + "\" text-anchor=\"" + anchor + "\">" + escaped(text) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* colour) {
  return "<line x1=\"" + number(x1, 1) + "\" y1=\"" + number(y1, 1) + "\" x2=\"" + number(x2, 1) +
         "\" y2=\"" + number(y2, 1) + "\" stroke=\"" + colour + "\"/>\n";
}

std::string box(double x, double y, double w, double h, const char* colour) {
  return "<rect x=\"" + number(x, 1) + "\" y=\"" + number(y, 1) + "\" width=\"" + number(w, 1) +
         "\" height=\"" + number(h, 1) + "\" fill=\"" + colour + "\"/>\n";
}

double step_of(double whole, double parts) {
  double step = 1;
  for (int i = 0; step * parts < whole; ++i) step *= i % 3 == 1 ? 2.5 : 2;
  return step;
}

std::string document(double width, double height, const std::string& body) {
  const std::string size = number(width, 0) + " " + number(height, 0);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + "\" width=\"" +
         number(width, 0) + "\" height=\"" + number(height, 0) +
         "\" font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" fill=\"#222\">\n" +
         box(0, 0, width, height, "#ffffff") + body + "</svg>\n";
}

}  // namespace gwageo::simulate::svg
