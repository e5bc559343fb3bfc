// What things of a plan are called in the emitted source.
#pragma once

#include "compiler/plan/Program.h"

#include <string>
#include <vector>

namespace cnx {

// A name within a block that begins with a number ("1.weight" of a downsampling) takes the block's
// last component in front of it: downsample_1_weight.
std::string nameWithin(const std::string &layer, const std::string &rest);

// What functions call the start of a segment: w weights, p parameters, g their gradients, m and v
// moments, e averages, a arena; empty: the caller's own array.
std::string pointerOf(const PlanSegment &segment);

// "train_b8" has the sections train_b8 (forward), loss_b8 and backward_b8.
std::string programName(const PlanProgram &program, Section section);

// A constant's name without what tells constants of one parameter apart: "fc1.weight" for
// "fc1.weight.packed".
std::string withoutPurpose(std::string name);

// Kernel symbols without their hash, where that is enough to tell them apart.
std::vector<std::string> kernelNames(const Plan &plan);

std::string cType(ElementType type);   // "float"
std::string floatLiteral(float value); // "1e-06f"

} // namespace cnx
