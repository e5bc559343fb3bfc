// What a ConvNeXt is: everything that decides its arithmetic and its parameters' shapes, and
// nothing of where it came from. Every front (preset, description, checkpoint) ends here.
#pragma once

#include <array>
#include <cstdint>

namespace cnx {

inline constexpr int kStages = 4;
inline constexpr int64_t kStemPatch = 4;  // kernel and stride of the stem
inline constexpr int64_t kDownsample = 2; // kernel and stride between stages
inline constexpr int64_t kDepthwiseKernel = 7;
inline constexpr int64_t kMlpRatio = 4;
inline constexpr int64_t kSmallestImage = 32; // the total stride: below it the last map is empty
inline constexpr double kGrnEps = 1e-6;       // the same in every ecosystem

// Larger values are refused: they would only overflow or exhaust memory much later, with a worse
// message.
inline constexpr int64_t kLargestWidth = 1 << 16;
inline constexpr int64_t kLargestDepth = 1 << 12;
inline constexpr int64_t kLargestClasses = 1 << 24;
inline constexpr int64_t kLargestImage = 1 << 14;

enum class Version { v1, v2 }; // v1 has a layer scale, v2 has global response normalisation

// Three groups, because transformers sets the last one alone.
struct NormEps {
  double stemAndDown = 1e-6;
  double block = 1e-6;
  double final = 1e-6; // of the head's norm
  bool operator==(const NormEps &) const = default;
};

struct ModelDesc {
  Version version = Version::v1;
  int64_t numClasses = 1000; // 0: no classifier, the network ends with the pooled vector
  std::array<int64_t, kStages> depths{3, 3, 9, 3};
  std::array<int64_t, kStages> dims{96, 192, 384, 768};
  double dropPath = 0;          // rate of the last block; the first block's is 0, linear in between
  double layerScaleInit = 1e-6; // 0: no layer scale parameter at all; always 0 for v2
  NormEps eps;
  int64_t headHidden = 0;     // width of a hidden layer with GELU in the head; 0: none
  bool headNormFirst = false; // the last norm stands before the pool
  int64_t height = 224, width = 224;
  bool operator==(const ModelDesc &) const = default;

  bool hasLayerScale() const { return version == Version::v1 && layerScaleInit > 0; }
  bool hasGrn() const { return version == Version::v2; }
  int64_t blocks() const { return depths[0] + depths[1] + depths[2] + depths[3]; }
};

const char *modelName(Version version); // "convnext", "convnextv2"

// Drop rate of a block, counted over all stages.
double dropRate(const ModelDesc &desc, int64_t block);

int64_t parameterCount(const ModelDesc &desc);
// Multiply-accumulates of convolutions and linear layers, for one image.
int64_t multiplyAccumulates(const ModelDesc &desc);

} // namespace cnx
