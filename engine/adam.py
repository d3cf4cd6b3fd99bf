"""Adam (D. Kingma and J. Ba, 2015), in few lines: torch's own takes 1.6 s to import."""

from collections.abc import Mapping

import torch
from torch import Tensor


class Adam:
    """Adam (Kingma and Ba, 2015) with the gradient's norm clipped."""

    def __init__(self, parameters: Mapping[str, Tensor], betas: tuple[float, float] = (0.9, 0.999), clip: float = 1.0):
        self.parameters, self.betas, self.clip = dict(parameters), betas, clip
        self.m = {name: torch.zeros_like(p) for name, p in self.parameters.items()}
        self.v = {name: torch.zeros_like(p) for name, p in self.parameters.items()}

    @torch.no_grad()
    def step(self, t: int, lr: float) -> None:
        """Step number t (from 1): m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², p ← p - lr m̂ / (√v̂ + ε)."""
        b1, b2 = self.betas
        grads = [p.grad for p in self.parameters.values()]
        norm = torch.stack([g.norm() for g in grads]).norm()
        scale = min(1.0, self.clip / (norm.item() + 1e-6))
        for p, g, m, v in zip(self.parameters.values(), grads, self.m.values(), self.v.values(), strict=True):
            g = g * scale
            m.lerp_(g, 1 - b1)
            v.mul_(b2).addcmul_(g, g, value=1 - b2)
            p.addcdiv_(m, (v / (1 - b2**t)).sqrt_().add_(1e-8), value=-lr / (1 - b1**t))
            p.grad = None
