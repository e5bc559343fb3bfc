// The ops of the update: elementwise over the flat segments of all trained parameters, seen as B blocks of 256 numbers, each of one
// parameter; or over one parameter in its packed form. CnxGradOps.td includes this.
//
// `rate[b]` scales a block's learning rate, `decay[b]` is 1 where its parameter decays, else 0; of one parameter both have one number. The scalars, 16 numbers computed in double
// and rounded once:
//
//   0 factor of gradients (clipping)   1 rate   2 decay   3 1-beta1   4 beta2   5 1-beta2   6 eps   7 1-beta1^t   8 sqrt(1-beta2^t)
//   9 momentum   10 1-decay of the average   others 0
//
// Where everything is 0 it stays so: the padding between and inside of parameters.
#ifndef CNX_UPDATE_OPS_TD
#define CNX_UPDATE_OPS_TD

def Cnx_AdamwOp : Cnx_PlainGradOp<"adamw"> {
  let summary = "a step of AdamW, as PyTorch takes it";
  let description = [{
    With r = scalars[1]*rate[b] and g = scalars[0]*grad:
    `p1 = param - r*scalars[2]*decay[b]*param`; `m = moment1 + scalars[3]*(g - moment1)`; `v = scalars[4]*moment2 + scalars[5]*g*g`;
    `p = p1 - r/scalars[7] * m / (sqrt(v)/scalars[8] + scalars[6])`. The results are p, m, v.
  }];
  let arguments = (ins Cnx_Tensor:$param, Cnx_Tensor:$grad, Cnx_Tensor:$moment1, Cnx_Tensor:$moment2, Cnx_Tensor:$rate,
      Cnx_Tensor:$decay, Cnx_Tensor:$scalars);
  let results = (outs Cnx_Tensor:$new_param, Cnx_Tensor:$new_moment1, Cnx_Tensor:$new_moment2);
}

def Cnx_SgdOp : Cnx_PlainGradOp<"sgd"> {
  let summary = "a step of gradient descent with momentum, as PyTorch takes it";
  let description = [{
    `m = scalars[9]*moment1 + scalars[0]*grad + scalars[2]*decay[b]*param`; `p = param - scalars[1]*rate[b]*m`. The results are p, m.
  }];
  let arguments = (ins Cnx_Tensor:$param, Cnx_Tensor:$grad, Cnx_Tensor:$moment1, Cnx_Tensor:$rate, Cnx_Tensor:$decay,
      Cnx_Tensor:$scalars);
  let results = (outs Cnx_Tensor:$new_param, Cnx_Tensor:$new_moment1);
}

def Cnx_AverageOp : Cnx_PlainGradOp<"average"> {
  let summary = "ema + scalars[10]*(param - ema): the exponential moving average of parameters";
  let arguments = (ins Cnx_Tensor:$ema, Cnx_Tensor:$param, Cnx_Tensor:$scalars);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_BlockSquaresOp : Cnx_PlainGradOp<"block_squares"> {
  let summary = "the sum of squares of each block";
  let arguments = (ins Cnx_Tensor:$grad);
  let results = (outs Cnx_Tensor:$result);
}

#endif
