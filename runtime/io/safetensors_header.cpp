#include "runtime/io/safetensors_header.h"

#include "runtime/io/json_scanner.h"
#include "runtime/io/message_text.h"
#include "runtime/io/tensor_bytes.h"
#include "runtime/rt/utf8.h"

namespace cnx::io {
namespace {

class Parser {
public:
  Parser(JsonScanner scanner, const char *source, Header *result, cnx_rt_error *receiver)
      : json(scanner), label(source), header(result), error(receiver) {}

  cnx_rt_status file() {
    bool hasMetadata = false;
    if (!json.expect('{', "'{'"))
      return syntax();
    if (!json.take('}')) {
      do {
        const char *name;
        if (!json.string(&name) || !json.expect(':', "':'"))
          return syntax();
        bool isMetadata = strcmp(name, "__metadata__") == 0;
        if (isMetadata && hasMetadata)
          return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: key \"__metadata__\" stands twice", label);
        hasMetadata |= isMetadata;
        if (cnx_rt_status status = isMetadata ? metadata() : tensor(name))
          return status;
      } while (json.take(','));
      if (!json.expect('}', "',' or '}'"))
        return syntax();
    }
    return json.atEnd() ? CNX_RT_OK : syntax("nothing after the header's '}'");
  }

private:
  cnx_rt_status syntax() { return syntax(json.expected()); }

  cnx_rt_status syntax(const char *expected) {
    char found[160] = "the end of the header";
    if (json.remaining() > 0)
      snprintf(found, sizeof found, "%s",
               Quoted(json.here(), json.remaining() < 12 ? json.remaining() : 12).text);
    return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: header, byte %zu: found %s, expected %s", label,
                       json.position(), found, expected);
  }

  cnx_rt_status wrong(const char *name, const char *problem) {
    return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: tensor %s: %s", label, Quoted(name).text,
                       problem);
  }

  cnx_rt_status memory() {
    return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory for the header", label);
  }

  cnx_rt_status metadata() {
    if (!json.expect('{', "'{'"))
      return syntax();
    if (json.take('}'))
      return CNX_RT_OK;
    do {
      cnx_io_metadata entry;
      if (!json.string(&entry.key) || !json.expect(':', "':'") || !json.string(&entry.value))
        return syntax();
      if (!header->metadata.add(entry))
        return memory();
    } while (json.take(','));
    return json.expect('}', "',' or '}'") ? CNX_RT_OK : syntax();
  }

  cnx_rt_status tensor(const char *name) {
    HeaderTensor entry{};
    entry.tensor.name = name;
    entry.order = header->tensors.size();
    if (entry.order >= CNX_IO_MAX_TENSORS)
      return cnx_rt_fail(error, CNX_RT_UNSUPPORTED, "%s: more than %u tensors", label,
                         CNX_IO_MAX_TENSORS);
    bool hasType = false, hasShape = false, hasOffsets = false;
    if (!json.expect('{', "'{'"))
      return syntax();
    do {
      const char *field;
      if (!json.string(&field) || !json.expect(':', "':'"))
        return syntax();
      bool *seen = strcmp(field, "dtype") == 0          ? &hasType
                   : strcmp(field, "shape") == 0        ? &hasShape
                   : strcmp(field, "data_offsets") == 0 ? &hasOffsets
                                                        : nullptr;
      if (!seen)
        return cnx_rt_fail(error, CNX_RT_CORRUPT,
                           "%s: tensor %s: unknown field %s, expected dtype, shape, data_offsets",
                           label, Quoted(name).text, Quoted(field).text);
      if (*seen)
        return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: tensor %s: field %s stands twice", label,
                           Quoted(name).text, field);
      *seen = true;
      cnx_rt_status status = seen == &hasType    ? dtype(&entry)
                             : seen == &hasShape ? shape(&entry)
                                                 : offsets(&entry);
      if (status)
        return status;
    } while (json.take(','));
    if (!json.expect('}', "',' or '}'"))
      return syntax();
    if (!hasType || !hasShape || !hasOffsets)
      return wrong(name, !hasType    ? "field dtype is missing"
                         : !hasShape ? "field shape is missing"
                                     : "field data_offsets is missing");
    return header->tensors.add(entry) ? CNX_RT_OK : memory();
  }

  cnx_rt_status dtype(HeaderTensor *entry) {
    const char *name;
    if (!json.string(&name))
      return syntax();
    if (!dtypeOfName(name, &entry->tensor.dtype))
      return cnx_rt_fail(error, CNX_RT_UNSUPPORTED,
                         "%s: tensor %s: unknown dtype %s, expected F32, F16, BF16, I64 ...", label,
                         Quoted(entry->tensor.name).text, Quoted(name).text);
    return CNX_RT_OK;
  }

  cnx_rt_status shape(HeaderTensor *entry) {
    cnx_io_tensor &tensor = entry->tensor;
    if (!json.expect('[', "'['"))
      return syntax();
    if (json.take(']'))
      return CNX_RT_OK;
    do {
      if (tensor.rank == CNX_IO_MAX_RANK)
        return cnx_rt_fail(error, CNX_RT_UNSUPPORTED, "%s: tensor %s: rank above %d, expected less",
                           label, Quoted(tensor.name).text, CNX_IO_MAX_RANK);
      if (!json.unsigned64(&tensor.shape[tensor.rank]))
        return syntax();
      ++tensor.rank;
    } while (json.take(','));
    return json.expect(']', "',' or ']'") ? CNX_RT_OK : syntax();
  }

  cnx_rt_status offsets(HeaderTensor *entry) {
    bool good = json.expect('[', "'['") && json.unsigned64(&entry->dataBegin) &&
                json.expect(',', "','") && json.unsigned64(&entry->dataEnd) &&
                json.expect(']', "']'");
    return good ? CNX_RT_OK : syntax();
  }

  JsonScanner json;
  const char *label;
  Header *header;
  cnx_rt_error *error;
};

} // namespace

cnx_rt_status parseHeader(const char *text, size_t bytes, char *strings, const char *label,
                          Header *header, cnx_rt_error *error) {
  size_t position;
  if (!cnx_rt_is_utf8(text, bytes, &position))
    return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: header, byte %zu: not UTF-8", label, position);
  return Parser(JsonScanner(text, bytes, strings), label, header, error).file();
}

} // namespace cnx::io
