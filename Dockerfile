# Stepstone on a GPU: docker build -t stepstone . (docs/installing.md). PyTorch is the image's own, built for CUDA;
# everything else is the tested set of constraints.txt.
FROM pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime

WORKDIR /opt/stepstone
# What is to be there besides, as in --build-arg EXTRAS=adapters,tensorboard (docs/installing.md has the names).
ARG EXTRAS=
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY src src
COPY docs docs
RUN grep -v '^torch==' constraints.txt > without_torch.txt \
    && pip install --no-cache-dir -c without_torch.txt ".${EXTRAS:+[$EXTRAS]}" \
    && rm -r build without_torch.txt

WORKDIR /study
ENTRYPOINT ["stepstone"]
CMD ["--help"]
