// RUN: cnx-opt %s --cnx-differentiate=input-grad --mlir-print-debuginfo | FileCheck %s
// RUN: cnx-opt %s --cnx-differentiate=trainable=head --mlir-print-debuginfo | FileCheck %s --check-prefix=HEAD

// A block's skeleton: the residual's two cotangents meet in an explicit add, at the layer that came last.
module {
  cnx.weight @conv.weight : tensor<3x1x7x7xf32>
  cnx.weight @conv.bias : tensor<3xf32> {frozen}
  cnx.weight @gamma : tensor<3xf32>
  cnx.weight @head.weight : tensor<4x3xf32>

  // CHECK: #[[$ATLOSS:.*]] = loc("loss")
  // CHECK-LABEL: func.func @forward_b2
  // CHECK-NOT: bwd
  // CHECK-NOT: drop_path
  // CHECK: return

  // CHECK: func.func @train_b2(
  // CHECK-SAME: %[[IMAGE:[a-z0-9_]+]]: tensor<2x5x4x3xf32> {cnx.name = "image"}
  // CHECK-SAME: %[[TARGETS:[a-z0-9_]+]]: tensor<2x4xf32> {cnx.name = "targets"}
  // CHECK-SAME: %[[WEIGHT:[a-z0-9_]+]]: tensor<2xf32> {cnx.name = "weight"}
  // CHECK-SAME: %[[FACTOR:[a-z0-9_]+]]: tensor<2xf32> {cnx.name = "drop_path.0"}
  // CHECK-SAME: -> (tensor<1xf32> {cnx.name = "loss"}, tensor<2x4xf32> {cnx.name = "logits"},
  // CHECK-SAME: tensor<3x1x7x7xf32> {cnx.name = "grad.conv.weight"}, tensor<3xf32> {cnx.name = "grad.gamma"},
  // CHECK-SAME: tensor<4x3xf32> {cnx.name = "grad.head.weight"}, tensor<2x5x4x3xf32> {cnx.name = "grad_input"})
  // CHECK: %[[CW:.*]] = cnx.get_weight @conv.weight
  // CHECK: %[[CONV:.*]] = cnx.dwconv %[[IMAGE]], %[[CW]],
  // CHECK: %[[HW:.*]] = cnx.get_weight @head.weight
  // CHECK: %[[LOGITS:.*]] = cnx.linear %[[POOLED:.*]], %[[HW]]
  // CHECK: %[[LOSS:.*]], %[[DLOGITS:.*]] = cnx.softmax_xent %[[LOGITS]], %[[TARGETS]], %[[WEIGHT]] : {{.*}} loc(#[[$ATLOSS]])
  // CHECK-NEXT: %[[DPOOLED:.*]] = cnx.linear_grad_input %[[DLOGITS]], %[[HW]] : {{.*}} loc(#[[ATHEAD:[a-z0-9]+]])
  // CHECK-NEXT: %[[DHEAD:.*]] = cnx.linear_grad_weight %[[DLOGITS]], %[[POOLED]]
  // CHECK-NEXT: %[[DMAP:.*]] = cnx.mean_pool_grad %[[DPOOLED]] height = 5 width = 4
  // CHECK-NEXT: %[[DDROP:.*]] = cnx.drop_path %[[DMAP]], %[[FACTOR]] rate = 2.500000e-01 site = 0
  // CHECK-NEXT: %[[DCONV:.*]] = cnx.scale %[[DDROP]], %{{.*}}
  // CHECK-NEXT: %[[DGAMMA:.*]] = cnx.sum_rows_product %[[DDROP]], %[[CONV]]
  // CHECK-NEXT: %[[DX:.*]] = cnx.dwconv_grad_input %[[DCONV]], %[[CW]] kernel = 7 : {{.*}} loc(#[[ATCONV:[a-z0-9]+]])
  // CHECK-NEXT: %[[DW:.*]] = cnx.dwconv_grad_weight %[[DCONV]], %[[IMAGE]] kernel = 7
  // CHECK-NEXT: %[[SUM:.*]] = cnx.add %[[DMAP]], %[[DX]] : {{.*}} loc(#[[ATCONV]])
  // CHECK-NEXT: return %[[LOSS]], %[[LOGITS]], %[[DW]], %[[DGAMMA]], %[[DHEAD]], %[[SUM]]
  // CHECK-DAG: #[[ATHEAD]] = loc("head#bwd"
  // CHECK-DAG: #[[ATCONV]] = loc("conv#bwd"

  // Trained is what matches and is not frozen; the rest becomes frozen and costs nothing.
  // HEAD: cnx.weight @conv.weight : tensor<3x1x7x7xf32> {frozen}
  // HEAD: cnx.weight @gamma : tensor<3xf32> {frozen}
  // HEAD: cnx.weight @head.weight : tensor<4x3xf32> loc
  // HEAD: func.func @train_b2
  // HEAD: cnx.softmax_xent
  // HEAD-NEXT: %[[DHEAD:.*]] = cnx.linear_grad_weight
  // HEAD-NEXT: return {{.*}}, {{.*}}, %[[DHEAD]] :
  func.func @forward_b2(%image: tensor<2x5x4x3xf32> {cnx.name = "image"}, %factor: tensor<2xf32> {cnx.name = "drop_path.0"})
      -> (tensor<2x4xf32> {cnx.name = "logits"}) {
    %w = cnx.get_weight @conv.weight : tensor<3x1x7x7xf32> loc("conv")
    %b = cnx.get_weight @conv.bias : tensor<3xf32> loc("conv")
    %g = cnx.get_weight @gamma : tensor<3xf32> loc("gamma")
    %conv = cnx.dwconv %image, %w, %b kernel = 7 : tensor<2x5x4x3xf32>, tensor<3x1x7x7xf32>, tensor<3xf32> loc("conv")
    %scaled = cnx.scale %conv, %g : tensor<2x5x4x3xf32>, tensor<3xf32> loc("gamma")
    %dropped = cnx.drop_path %scaled, %factor rate = 0.25 site = 0 : tensor<2x5x4x3xf32>, tensor<2xf32> loc("drop_path")
    %sum = cnx.add %image, %dropped : tensor<2x5x4x3xf32>, tensor<2x5x4x3xf32> loc("add")
    %pooled = cnx.mean_pool %sum : tensor<2x5x4x3xf32> loc("pool")
    %h = cnx.get_weight @head.weight : tensor<4x3xf32> loc("head")
    %logits = cnx.linear %pooled, %h features = 4 : tensor<2x3xf32>, tensor<4x3xf32> loc("head")
    return %logits : tensor<2x4xf32> loc("forward")
  }
}
