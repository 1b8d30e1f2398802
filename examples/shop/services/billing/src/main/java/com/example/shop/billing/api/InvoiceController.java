package com.example.shop.billing.api;

import com.example.shop.billing.service.InvoiceService;
import jakarta.validation.Valid;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/invoices")
public class InvoiceController {

    private final InvoiceService invoices;

    public InvoiceController(InvoiceService invoices) {
        this.invoices = invoices;
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    public InvoiceView create(@Valid @RequestBody CreateInvoice body) {
        return InvoiceView.of(
                invoices.create(body.orderId(), body.customerId(), body.shipTo(), body.country()));
    }

    @GetMapping
    public List<InvoiceView> list(
            @RequestParam String customerId,
            @RequestParam(defaultValue = "0") int page,
            @RequestParam(defaultValue = "50") int size) {
        return invoices.ofCustomer(customerId, page, size).stream().map(InvoiceView::of).toList();
    }

    @GetMapping("/search")
    public List<InvoiceView> search(@RequestParam String reference) {
        return invoices.byReference(reference).stream().map(InvoiceView::of).toList();
    }

    @GetMapping("/{id}")
    public InvoiceView get(@PathVariable long id) {
        return InvoiceView.of(invoices.get(id));
    }
}
