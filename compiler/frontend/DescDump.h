// The phase `desc` as text: a loaded model in JSON, its weights as references.
#pragma once

#include "compiler/frontend/Frontend.h"

namespace cnx {

class JsonText;

bool isDescDump(const JsonText &text); // has the field "cnx_desc"
Model readDescDump(const JsonText &text);

} // namespace cnx
