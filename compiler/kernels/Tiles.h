// The numbers that a schedule of one shape may be told instead of choosing them by its rule.
#pragma once

#include <array>
#include <string>

namespace cnx {

// Each kind of kernel uses some of them; 0 leaves the choice to the fusion's rule.
struct Tiles {
  int rows = 0, width = 0; // register tile of the product that makes the output: rows x outputs
  int unroll = 0;          // steps of K that one iteration of its inner loop does
  int block = 0;           // steps of K between which accumulators leave the registers; K: none
  int taskRows = 0;        // rows of a task; all rows or more: a task is a panel of weights instead
  int hiddenRows = 0, hiddenWidth = 0; // register tile of the product that makes an MLP's hidden
                                       // tensor
  int hiddenUnroll = 0;
  int band = 0;    // image rows of a task of a depthwise convolution
  int segment = 0; // pixels of a row whose sums are in registers at once

  bool operator==(const Tiles &) const = default;
};

struct TileField {
  const char *name; // in JSON and for people; snake_case
  const char *member;
  int Tiles::*value;
};

inline constexpr std::array<TileField, 10> kTileFields = {{
    {"rows", "rows", &Tiles::rows},
    {"width", "width", &Tiles::width},
    {"unroll", "unroll", &Tiles::unroll},
    {"block", "block", &Tiles::block},
    {"task_rows", "taskRows", &Tiles::taskRows},
    {"hidden_rows", "hiddenRows", &Tiles::hiddenRows},
    {"hidden_width", "hiddenWidth", &Tiles::hiddenWidth},
    {"hidden_unroll", "hiddenUnroll", &Tiles::hiddenUnroll},
    {"band", "band", &Tiles::band},
    {"segment", "segment", &Tiles::segment},
}};

// "rows 7, width 48, task_rows 56": the fields that are not 0.
std::string tilesText(const Tiles &tiles);

} // namespace cnx
