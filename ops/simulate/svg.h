// The few parts of SVG that the charts are made of. Lengths are in units of the picture.
#pragma once

#include <string>

namespace gwageo::simulate::svg {

std::string number(double value, int digits);
/// `anchor`: start, middle or end.
std::string text_at(double x, double y, const std::string& text, const char* anchor = "start",
                    int size = 12);
std::string line(double x1, double y1, double x2, double y2, const char* colour);
std::string box(double x, double y, double w, double h, const char* colour);
/// 1, 2 or 5 times a power of ten, 1 at least, so that at most `parts` steps make `whole`.
double step_of(double whole, double parts);
/// One document that needs nothing else.
std::string document(double width, double height, const std::string& body);

}  // namespace gwageo::simulate::svg
