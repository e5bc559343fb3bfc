#!/usr/bin/env python3
"""Writes the vectors that judge cnx: small networks built, run and differentiated by the frameworks themselves.

    python make_vectors.py              rewrites everything in this folder (a minute, one thread)
    python make_vectors.py --full DIR   writes convnext_atto, convnext_tiny and convnextv2_atto at 224x224 to DIR
                                        (300 MB, never committed)

Each case is a checkpoint as its ecosystem writes it, CASE.safetensors or a folder CASE/ as downloaded from a hub, and
CASE.io.safetensors with what the framework computed from it. README.md lists the cases and the tensors. Every
parameter is drawn at random, so that no bias, scale or norm can be forgotten without being seen, and every result is
computed a second time in double precision: a case whose float32 results are further from that than NOISE is refused,
since it could not judge anything at the tests' tolerance.
"""

import argparse
import copy
import json
import platform
import re
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import PIL
import safetensors
import sklearn
import timm
import torch
import torchvision
import transformers
from PIL import Image
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).resolve().parent
NOISE = 4e-6  # largest accepted distance of float32 from float64: logits by their maximum, the rest by norm
K = 10        # classes, unless a case says otherwise
DEPTHS = (1, 1, 2, 1)
SMALL = (6, 10, 14, 20)    # no width is a multiple of 4
MEDIUM = (8, 16, 24, 32)
QUADS = (12, 20, 28, 36)   # multiples of 4, not of 8
AWKWARD = (5, 9, 13, 22)   # odd
EPS = 1e-6


# ---- drawing ---------------------------------------------------------------------------------------------------------

def generator(*parts):
    """A generator seeded by names, so that adding a case changes no other."""
    return torch.Generator().manual_seed(zlib.crc32("/".join(map(str, parts)).encode()))


def role(name, shape):
    """What a parameter is, from its name in any of the ecosystems; decides its distribution and its weight decay."""
    if "grn" in name:
        return "grn"
    if name.endswith((".gamma", ".layer_scale", ".layer_scale_parameter")):
        return "scale"
    if name.endswith("bias"):
        return "bias"
    return "weight" if len(shape) >= 2 else "norm"


@torch.no_grad()
def draw(model, case):
    for name, p in model.named_parameters():
        g = generator(case, name)
        normal = torch.randn(p.shape, generator=g)
        uniform = 2 * torch.rand(p.shape, generator=g) - 1
        p.copy_({
            "grn": 0.5 * uniform,
            "scale": 0.5 + 0.25 * uniform,
            "bias": 0.1 * normal,
            "norm": 1 + 0.1 * normal,
            "weight": normal / (p.numel() / p.shape[0] if p.dim() else 1) ** 0.5,
        }[role(name, p.shape)])
    return model.eval()


# ---- writing ---------------------------------------------------------------------------------------------------------

DTYPES = {np.dtype("float32"): "F32", np.dtype("int64"): "I64", np.dtype("uint8"): "U8"}


def write_io(path, tensors, facts):
    """A safetensors file with its metadata in a fixed order (the library's own order changes from run to run)."""
    header, data = {"__metadata__": {k: str(v) for k, v in facts.items()}}, []
    offset = 0
    arrays = {k: np.asarray(t.detach().numpy() if torch.is_tensor(t) else t, order="C") for k, t in tensors.items()}
    for name in sorted(arrays, key=lambda n: (-arrays[n].itemsize, n)):
        a = arrays[name]
        header[name] = {"dtype": DTYPES[a.dtype], "shape": list(a.shape), "data_offsets": [offset, offset + a.nbytes]}
        offset += a.nbytes
        data.append(a.tobytes())
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


# ---- running ---------------------------------------------------------------------------------------------------------

class Timm:
    """How to get at a framework's results: `run` gives logits, the pooled embedding and the raw maps."""

    def run(self, m, x):
        maps = {"stem": m.stem(x)}
        last, inter = m.forward_intermediates(x)
        maps.update({f"stage{i}": t for i, t in enumerate(inter)})
        return m.forward_head(last), {"pooled": m.forward_head(last, pre_logits=True), **maps}


class Torchvision:
    def run(self, m, x):
        extra, y = {}, x
        for i, layer in enumerate(m.features):
            y = layer(y)
            if i == 0:
                extra["stem"] = y
            elif i % 2:
                extra[f"stage{i // 2}"] = y
        extra["pooled"] = m.classifier[0](m.avgpool(y)).flatten(1)
        return m(x), extra


class Transformers:
    def run(self, m, x):
        body = getattr(m, "convnext", None) or getattr(m, "convnextv2", m)
        out = body(pixel_values=x, output_hidden_states=True)
        assert len(out.hidden_states) == 5
        extra = {"pooled": out.pooler_output, "stem": out.hidden_states[0]}
        extra.update({f"stage{i}": t for i, t in enumerate(out.hidden_states[1:])})
        return (out.pooler_output if body is m else m(pixel_values=x).logits), extra


class OpenClip:
    def run(self, m, x):
        t = m.visual.trunk
        pooled = t.forward_head(t.forward_features(x), pre_logits=True)
        return m.encode_image(x, normalize=False), {"pooled": pooled}


def adamw(model, names):
    """AdamW as every published recipe groups it: decay on weights, none on norms, biases, layer scales and GRN."""
    groups = {True: [], False: []}
    for n, p in names:
        groups[role(n, p.shape) == "weight"].append(p)
    return torch.optim.AdamW(
        [{"params": groups[True], "weight_decay": 0.05}, {"params": groups[False], "weight_decay": 0.0}],
        lr=1e-3, betas=(0.9, 0.999), eps=1e-8, foreach=False)


def distance(a, b):
    return ((a.double() - b.double()).norm() / b.double().norm().clamp_min(1e-300)).item()


def compute(case, framework, model, x, labels, keep, rename, head=None):
    """All the tensors of a case. `rename` maps a parameter's (name, tensor) to the checkpoint's."""
    classes = labels is not None
    x = x.clone().requires_grad_("grad_input" in keep)
    logits, extra = framework.run(model, x)
    out = {"input": x, "logits": logits}
    out.update({k: v for k, v in extra.items() if k in keep or (k == "pooled" and "nopool" not in keep)})
    if head:
        out["head_norm"] = head(model, extra["stage3"])
    if classes:
        out["labels"] = labels
        out["loss"] = nn.functional.cross_entropy(logits, labels)
    if "grad" in keep:
        names = list(model.named_parameters())
        wrt = [p for _, p in names] + ([x] if "grad_input" in keep else [])
        grads = torch.autograd.grad(out["loss"], wrt)
        for (n, _), g in zip(names, grads):
            n, g = rename(n, g)
            out["grad." + n] = g
        if "grad_input" in keep:
            out["grad_input"] = grads[-1]
    for steps in (1, 3, 20):
        key = f"adamw{steps}" if steps < 20 else "losses20"
        if key not in keep:
            continue
        trained = copy.deepcopy(model)
        names = list(trained.named_parameters())
        optimiser, losses = adamw(trained, names), []
        for _ in range(steps):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(framework.run(trained, x.detach())[0], labels)
            loss.backward()
            optimiser.step()
            losses.append(loss.detach())
        if steps == 20:
            out["losses20"] = torch.stack(losses)
        else:
            for n, p in names:
                n, p = rename(n, p.detach())
                out[f"{key}.{n}"] = p
    return {k: v.detach() for k, v in out.items()}


def io_file(directory, case, framework, model, size, batch=1, keep=(), rename=lambda n, t: (n, t), facts=None,
            head=None, classes=K):
    """Runs a case in float32 and, as a check, in float64; writes CASE.io.safetensors."""
    height, width = size
    g = generator(case, "input")
    x = torch.randn(batch, 3, height, width, generator=g)
    labels = torch.randint(classes, (batch,), generator=g) if classes else None
    out = compute(case, framework, model, x, labels, keep, rename, head)
    exact = compute(case, framework, copy.deepcopy(model).double(), x.double(), labels,
                    [k for k in keep if not k.startswith("adamw") and k != "losses20"], rename, head)
    worst = 0.0
    for name, e in exact.items():
        if name in ("labels", "input"):
            continue
        if name == "logits":
            d = ((out[name] - e).abs().max() / e.abs().max()).item()
        else:
            d = distance(out[name], e)
        worst = max(worst, d)
        if d > NOISE:
            sys.exit(f"{case}: {name} is {d:.1e} from double precision")
    p = dict(facts or {})
    p.update(case=case, batch=batch, height=height, width=width, classes=classes)
    out = {k: (v if v.dtype == torch.int64 else v.float()) for k, v in out.items()}
    write_io(directory / f"{case}.io.safetensors", out, p)
    print(f"{case:24} {height}x{width} batch {batch}  {len(out):3} tensors  float32 noise {worst:.1e}")


def facts(framework, family, dims, depths=DEPTHS, eps=(EPS, EPS, EPS), origin=None, **more):
    """The scalar facts of a case: strings in the io file's metadata. eps: stem and downsampling, blocks, head."""
    return {"framework": framework, "origin": origin or framework, "model": family,
            "depths": ",".join(map(str, depths)), "dims": ",".join(map(str, dims)),
            "eps_stem": eps[0], "eps_block": eps[1], "eps_head": eps[2],
            "activation": more.pop("activation", "gelu"), "norm": more.pop("norm", "layernorm"),
            "stem": more.pop("stem", "patch"), "head": more.pop("head", "pool_norm_fc"), **more}


# ---- the cases -------------------------------------------------------------------------------------------------------

MAPS = ("stem", "stage0", "stage1", "stage2", "stage3")
GRADS = ("grad", "grad_input")


def timm_net(dims, **kw):
    kw.setdefault("num_classes", K)
    kw.setdefault("ls_init_value", None if kw.get("use_grn") else 1.0)
    depths = kw.pop("depths", DEPTHS)
    return timm.models.convnext.ConvNeXt(depths=depths, dims=dims, **kw)


def timm_case(case, dims, size, batch, keep, more=None, dtype=None, head=None, **kw):
    model = draw(timm_net(dims, **kw), case)
    if dtype:
        model = model.to(dtype)
        save_file(model.state_dict(), HERE / f"{case}.safetensors")
        model = model.float()  # the file's values, exactly; the arithmetic is float32
    else:
        save_file(model.state_dict(), HERE / f"{case}.safetensors")
    family = "convnextv2" if kw.get("use_grn") else "convnext"
    eps = kw.get("norm_eps") or EPS
    io_file(HERE, case, Timm(), model, size, batch, keep, head=head, classes=kw.get("num_classes", K),
            facts=facts("timm", family, dims, eps=(eps,) * 3, **(more or {})))


def timm_to_fair(name, t):
    """timm's names to the original repository's, the inverse of timm's own checkpoint_filter_fn."""
    name = re.sub(r"^stem\.", "downsample_layers.0.", name)
    name = re.sub(r"^stages\.(\d)\.downsample\.", r"downsample_layers.\1.", name)
    name = re.sub(r"^(stages\.\d)\.blocks\.", r"\1.", name)
    name = name.replace("conv_dw", "dwconv").replace("mlp.fc", "pwconv")
    if "grn" in name:
        name = name.replace("mlp.grn.weight", "grn.gamma").replace("mlp.grn.bias", "grn.beta")
        t = t.reshape(1, 1, 1, -1)
    return name.replace("head.norm.", "norm.").replace("head.fc.", "head."), t


def timm_to_lucid(name, t):
    """timm's names to those of today's lucid (config-object API)."""
    name = name.replace("stem.0.", "stem.conv.0.").replace("stem.1.", "stem.norm.")
    name = re.sub(r"^stages\.(\d)\.downsample\.(\d)\.",
                  lambda m: f"downsamplers.{int(m[1]) - 1}.{'norm' if m[2] == '0' else 'conv'}.", name)
    name = re.sub(r"^(stages\.\d)\.blocks\.", r"\1.", name)
    name = name.replace("conv_dw", "dwconv").replace("mlp.fc", "fc")
    return name.replace("head.norm.", "head_norm.").replace("head.fc.", "classifier."), t


def renamed_case(case, rename, framework, size, batch, keep, **kw):
    model = draw(timm_net(SMALL, **kw), case)
    state = dict(rename(n, t) for n, t in model.state_dict().items())
    assert len(state) == len(model.state_dict())
    if framework == "fair":  # timm's own importer must give the same network back
        again = timm_net(SMALL, **kw)
        again.load_state_dict(timm.models.convnext.checkpoint_filter_fn(dict(state), again))
        assert all(torch.equal(a, b) for a, b in zip(again.state_dict().values(), model.state_dict().values()))
    save_file({k: v.contiguous() for k, v in state.items()}, HERE / f"{case}.safetensors")
    io_file(HERE, case, Timm(), model, size, batch, keep, rename=rename,
            facts=facts(framework, "convnextv2" if kw.get("use_grn") else "convnext", SMALL,
                        origin="renamed from timm"))


def hub_args(labels):
    return dict(num_labels=len(labels), id2label=dict(enumerate(labels)), label2id={n: i for i, n in enumerate(labels)})


FRUIT = ["apple", "banana", "cherry", "date", "elderberry", "fig", "grape", "honeydew melon", "kiwi, green", "lemon"]


def hf_net(version, dims, bare=False, **kw):
    name = "ConvNextV2" if version == 2 else "ConvNext"
    config = getattr(transformers, name + "Config")(hidden_sizes=list(dims), depths=list(DEPTHS), image_size=64,
                                                    **({} if bare else hub_args(FRUIT)), **kw)
    if version == 1:
        config.layer_scale_init_value = 1.0
    return getattr(transformers, name + ("Model" if bare else "ForImageClassification"))(config)


def hf_case(case, version, dims, size, batch, keep, folder=False, small=False, bare=False):
    model = draw(hf_net(version, dims, bare), case)
    if small:  # pooled vectors of about 1e-3: their variance no longer hides the final norm's eps
        with torch.no_grad():
            down = model.convnext.encoder.stages[3]
            for p in down.downsampling_layer[1].parameters():
                p.mul_(2e-3)
            for layer in down.layers:
                layer.layer_scale_parameter.mul_(2e-3)
    if folder:
        model.save_pretrained(HERE / case)
        processor = transformers.ConvNextImageProcessor(
            size={"shortest_edge": 64}, crop_pct=0.875, resample=3,
            image_mean=list(timm.data.IMAGENET_DEFAULT_MEAN), image_std=list(timm.data.IMAGENET_DEFAULT_STD))
        processor.save_pretrained(HERE / case)
    else:  # with the metadata that save_pretrained writes
        save_file(model.state_dict(), HERE / f"{case}.safetensors", metadata={"format": "pt"})
    io_file(HERE, case, Transformers(), model, size, batch, keep, classes=0 if bare else K,
            facts=facts("transformers", "convnextv2" if version == 2 else "convnext", dims,
                        eps=(EPS, EPS, model.config.layer_norm_eps), head="pool_norm" if bare else "pool_norm_fc"))


def torchvision_case(case, dims, size, batch, keep):
    C = torchvision.models.convnext.CNBlockConfig
    config = [C(c, n, d) for c, n, d in zip(dims, (*dims[1:], None), DEPTHS)]
    model = draw(torchvision.models.ConvNeXt(config, stochastic_depth_prob=0.0, layer_scale=1.0, num_classes=K), case)
    save_file(model.state_dict(), HERE / f"{case}.safetensors")
    io_file(HERE, case, Torchvision(), model, size, batch, keep, facts=facts("torchvision", "convnext", dims))


def open_clip_case(case, proj, size, embed):
    """A whole CLIP model with a tiny text tower, whose tensors a loader has to leave alone."""
    import open_clip
    name = "convnext_vectors"
    if not timm.is_model(name):
        def convnext_vectors(pretrained=False, **kw):
            return timm_net(SMALL, **{k: v for k, v in kw.items() if not k.startswith("pretrained") and v is not None})
        convnext_vectors.__module__ = timm.models.convnext.__name__
        timm.models.register_model(convnext_vectors)
        timm.models.ConvNeXt.default_cfg = {"pool_size": (2, 2)}
    model = open_clip.CLIP(
        embed_dim=embed,
        vision_cfg=dict(timm_model_name=name, timm_pool="", timm_proj=proj, image_size=size[0]),
        text_cfg=dict(context_length=5, vocab_size=7, width=8, heads=2, layers=1))
    draw(model, case)
    save_file(model.state_dict(), HERE / f"{case}.safetensors")
    head = "pool_norm_fc" if proj == "linear" else "pool_norm_hidden_gelu_fc"
    io_file(HERE, case, OpenClip(), model, size, classes=embed,
            facts=facts("open_clip", "convnext", SMALL, head=head, note="logits = encode_image, not normalised"))


def timm_hub_case(case, architecture, size, batch, keep, names, data, **kw):
    model = draw(timm.create_model(architecture, depths=DEPTHS, dims=SMALL, num_classes=len(names), **kw), case)
    timm.models.save_for_hf(model, HERE / case, model_config={"label_names": names}, safe_serialization=True,
                            data_config=data)
    io_file(HERE, case, Timm(), model, size, batch, keep, classes=len(names),
            facts=facts("timm", "convnextv2" if "v2" in architecture else "convnext", SMALL, architecture=architecture))


def cases():
    steps = ("adamw1", "adamw3")
    timm_case("timm_v1", SMALL, (64, 64), 2, MAPS + GRADS + steps + ("losses20",))
    timm_case("timm_v1_wide", QUADS, (72, 104), 1, ("stem", "stage3", "grad"))
    timm_case("timm_conv_mlp", MEDIUM, (70, 61), 1, MAPS + GRADS, conv_mlp=True)
    timm_case("timm_hnf", SMALL, (40, 56), 3, ("stage3", "grad"), head_norm_first=True, more={"head": "norm_pool_fc"})
    timm_case("timm_mlp_head", SMALL, (72, 104), 1, ("stage3", "grad"), head_hidden_size=28,
              more={"head": "pool_norm_hidden_gelu_fc", "head_hidden_size": 28},
              head=lambda m, t: m.head.flatten(m.head.norm(m.head.global_pool(t))))
    timm_case("timm_no_head", SMALL, (33, 47), 2, MAPS, num_classes=0, more={"head": "pool_norm"})
    timm_case("timm_v2", SMALL, (64, 64), 2, MAPS + GRADS + steps, use_grn=True)
    timm_case("timm_v2_conv_mlp", AWKWARD, (40, 56), 4, ("grad",), use_grn=True, conv_mlp=True)
    timm_case("timm_f16", SMALL, (40, 56), 1, (), dtype=torch.float16)
    timm_case("timm_bf16", SMALL, (40, 56), 1, (), dtype=torch.bfloat16, use_grn=True)

    # options of a few published checkpoints beside the plain network
    timm_case("timm_overlap_rms", SMALL, (45, 56), 1, ("stem",), stem_type="overlap_tiered", norm_layer="rmsnorm2d",
              conv_mlp=True, more={"stem": "overlap_tiered", "norm": "rmsnorm"})
    timm_case("timm_overlap_act", SMALL, (45, 56), 1, ("stem",), stem_type="overlap_act", norm_layer="simplenorm",
              conv_mlp=True, more={"stem": "overlap_act", "norm": "simplenorm"})
    timm_case("timm_kernels_silu", SMALL, (45, 56), 1, ("stem",), kernel_sizes=(7, 5, 5, 3), act_layer="silu",
              norm_eps=1e-5, more={"activation": "silu", "kernel_sizes": "7,5,5,3"})
    timm_case("timm_gelu_tanh", SMALL, (45, 56), 1, ("stem",), act_layer="gelu_tanh", norm_eps=1e-5,
              more={"activation": "gelu_tanh"})

    data = {"input_size": (3, 64, 64), "crop_pct": 0.95, "interpolation": "bicubic"}
    timm_hub_case("timm_hub", "convnext_atto", (64, 64), 1, (),
                  ["ant", "bee", "cricket", "dragonfly", "earwig", "firefly", "gnat"], data)
    timm_hub_case("timm_hub_v2", "convnextv2_small", (64, 64), 1, (), ["left", "right", "centre"],
                  {**data, "crop_pct": 1.0, "crop_mode": "squash", "mean": (0.5,) * 3, "std": (0.5,) * 3})

    torchvision_case("torchvision_v1", SMALL, (48, 64), 2, ("stem", "stage3", "grad", "adamw1"))

    hf_case("hf_v1", 1, SMALL, (64, 64), 2, MAPS + ("grad",), folder=True)
    hf_case("hf_v2", 2, SMALL, (72, 104), 1, ("stem", "stage3") + GRADS + ("adamw1",))
    hf_case("hf_small", 1, SMALL, (64, 64), 1, ("grad",), small=True)
    hf_case("hf_bare_v2", 2, SMALL, (40, 56), 1, (), bare=True)

    renamed_case("fair_v1", timm_to_fair, "fair", (40, 56), 1, ("grad",))
    renamed_case("fair_v2", timm_to_fair, "fair", (40, 56), 2, ("grad",), use_grn=True)
    renamed_case("lucid_v1", timm_to_lucid, "lucid", (40, 56), 1, ("grad",))
    open_clip_case("open_clip_proj", "linear", (40, 48), 10)
    open_clip_case("open_clip_mlp", "mlp", (40, 48), 12)


def full(directory):
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("convnext_atto", "convnext_tiny", "convnextv2_atto"):
        model = draw(timm.create_model(name), name)
        save_file(model.state_dict(), directory / f"{name}.safetensors")
        blocks = [len(s.blocks) for s in model.stages]
        dims = [i["num_chs"] for i in model.feature_info]
        io_file(directory, name, Timm(), model, (224, 224), 1, MAPS + GRADS, classes=1000,
                facts=facts("timm", "convnextv2" if "v2" in name else "convnext", dims, blocks, architecture=name))


# ---- pre-processing --------------------------------------------------------------------------------------------------

CROPS = {"china": (40, 60, 380, 311), "flower": (150, 30, 401, 370)}  # left, top, right, bottom: 340x251 and 251x340


def preprocess():
    """Photographs as PNG, and what timm, torchvision and transformers make of them.

    CONFIG.IMAGE.pixels is uint8 HWC before normalisation; CONFIG.IMAGE.input, kept for some, float32 NCHW after it.
    The metadata holds CONFIG's parameters as a JSON object.
    """
    from sklearn.datasets import load_sample_images
    from timm.data import create_transform
    from torchvision.transforms._presets import ImageClassification
    folder = HERE / "preprocess"
    folder.mkdir(exist_ok=True)
    loaded = load_sample_images()
    images = {}
    for path, pixels in zip(loaded.filenames, loaded.images):
        name = Path(path).stem
        images[name] = Image.fromarray(pixels).crop(CROPS[name])
        images[name].save(folder / f"{name}.png", optimize=True)
    # two small ones to be enlarged: grey, and with an alpha channel (to RGB by dropping it)
    images["grey"] = images["china"].convert("L").resize((41, 57), Image.Resampling.BOX)
    images["alpha"] = images["flower"].resize((60, 38), Image.Resampling.BOX)
    images["alpha"].putalpha(images["grey"].resize((60, 38), Image.Resampling.BOX))
    for name in ("grey", "alpha"):
        images[name].save(folder / f"{name}.png", optimize=True)

    imagenet = dict(mean=timm.data.IMAGENET_DEFAULT_MEAN, std=timm.data.IMAGENET_DEFAULT_STD)
    half = dict(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    configs = {
        "centre": dict(input_size=(3, 64, 64), interpolation="bicubic", crop_pct=0.875, crop_mode="center", **imagenet),
        "centre95": dict(input_size=(3, 96, 96), interpolation="bicubic", crop_pct=0.95, crop_mode="center", **half),
        "bilinear": dict(input_size=(3, 64, 64), interpolation="bilinear", crop_pct=0.875, crop_mode="center",
                         **imagenet),
        "squash": dict(input_size=(3, 72, 72), interpolation="bicubic", crop_pct=1.0, crop_mode="squash", **imagenet),
        "wide": dict(input_size=(3, 72, 104), interpolation="bicubic", crop_pct=0.9, crop_mode="center", **imagenet),
        "big": dict(input_size=(3, 224, 224), interpolation="bicubic", crop_pct=0.875, crop_mode="center", **imagenet),
    }
    keep_input = {("centre", "china"), ("bilinear", "flower")}
    tensors, meta = {}, {}

    def put(config, image, pixels, normalised):
        tensors[f"{config}.{image}.pixels"] = np.asarray(pixels, np.uint8)
        if (config, image) in keep_input:
            tensors[f"{config}.{image}.input"] = normalised.numpy()[None].astype(np.float32)

    for config, c in configs.items():
        args = {k: c[k] for k in ("input_size", "interpolation", "mean", "std", "crop_pct", "crop_mode")}
        meta[config] = json.dumps({"library": "timm", **args})
        for name, image in images.items():
            if config == "big" and name != "china" or name == "alpha" and config not in ("centre", "bilinear"):
                continue
            rgb = image.convert("RGB")
            raw = create_transform(**args, normalize=False)(rgb)
            normalised = create_transform(**args)(rgb)
            put(config, name, raw.permute(1, 2, 0).numpy(), normalised)

    for resize, crop, name in ((67, 64, "china"), (101, 96, "flower")):
        preset = ImageClassification(crop_size=crop, resize_size=resize)
        config = f"torchvision{crop}"
        meta[config] = json.dumps({"library": "torchvision", "resize": resize, "crop": crop,
                                   "interpolation": "bilinear", **imagenet})
        out = preset(images[name])
        mean, std = (torch.tensor(v)[:, None, None] for v in imagenet.values())
        put(config, name, ((out * std + mean) * 255).round().permute(1, 2, 0).numpy(), out)

    # the Pillow processor; transformers' default one resizes with torch, which differs by a level here and there
    from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
    hf = dict(size={"shortest_edge": 64}, crop_pct=0.875, resample=3)
    meta["transformers"] = json.dumps({"library": "transformers", **hf})
    for name in ("china", "flower"):
        out = ConvNextImageProcessorPil(**hf, do_rescale=False, do_normalize=False)(images[name])["pixel_values"][0]
        put("transformers", name, np.asarray(out).transpose(1, 2, 0), None)
    write_io(HERE / "preprocess.io.safetensors", tensors, meta)
    print(f"preprocess               {len(tensors)} tensors of {len(images)} images")


# ---- main ------------------------------------------------------------------------------------------------------------

def versions():
    import open_clip
    lines = [f"python {platform.python_version()}"]
    for m in (torch, torchvision, timm, transformers, open_clip, safetensors, np, PIL, sklearn):
        name = {"PIL": "pillow", "sklearn": "scikit-learn"}.get(m.__name__, m.__name__)
        lines.append(f"{name} {m.__version__.split('+')[0]}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", type=Path, metavar="DIR", help="write the big networks to DIR instead")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    print(versions(), end="")
    if args.full:
        return full(args.full)
    cases()
    preprocess()
    (HERE / "VERSIONS.txt").write_text(versions())
    return 0


if __name__ == "__main__":
    sys.exit(main())
